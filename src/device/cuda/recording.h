#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/cuda/device.h"

namespace fovea {

class CudaGraph;
class CudaStream;

// What the driver does not keep of a node that a stream enqueued.
struct CudaNode {
  GraphNode::Kind kind = GraphNode::Kind::other;
  std::string name;
  std::function<void()> work;         // of a call
  std::optional<Transfer> transfer;   // of a copy
  cuda::CUcontext context = nullptr;  // that it runs on; null: the graph's, as far as is known
  bool places_set = false;            // where it was enqueued: `transfer` says them, perhaps not the driver's node
};

// A capture under way, shared by the streams that are part of it. It keeps them alive: the driver cannot go on with a
// capture that a destroyed stream was part of.
class CudaRecording {
 public:
  explicit CudaRecording(CudaDevice& device) : device_(device) {}
  ~CudaRecording();
  CudaRecording(const CudaRecording&) = delete;
  CudaRecording& operator=(const CudaRecording&) = delete;
  void join(std::shared_ptr<CudaStream>);
  void note(cuda::CUstream, CudaNode);  // of the node that the stream has just got
  void keep(std::function<void()> release);
  // Adds the nodes of a launched graph, which are now as `now` and the driver's nodes of `parameters` say, behind what
  // the stream has. Throws Error(unsupported), and nothing is added, for one that cannot be; a failure after the first
  // is what finish() throws, too.
  void append(cuda::CUstream, const std::shared_ptr<const CudaGraph>&,
              const std::shared_ptr<const CudaGraph>& parameters, const std::vector<CudaNode>& now);
  // Ends the capture, which began with the stream. Throws Error(invalid_argument) when work was not joined.
  std::shared_ptr<const GraphBackend> finish(cuda::CUstream);
  void drop(cuda::CUstream) noexcept;

 private:
  struct Tail {
    cuda::CUgraph graph = nullptr;
    std::vector<cuda::CUgraphNode> nodes;  // that the stream's next one comes after
  };
  Tail tail(cuda::CUstream);
  std::vector<cuda::CUgraphNode> add_nodes(const Tail&, const CudaGraph&, const CudaGraph& parameters,
                                           const std::vector<unsigned>& types, const std::vector<CudaNode>& now);
  std::string unjoined(const Tail&);  // the name of a node that is not before the tail, or empty
  void let_streams_go() noexcept;

  CudaDevice& device_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<CudaStream>> streams_;
  std::unordered_map<cuda::CUgraphNode, CudaNode> nodes_;
  std::vector<std::function<void()>> kept_;
  std::optional<Error> spoiled_;
};

}  // namespace fovea
