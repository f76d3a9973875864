#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/cuda/device.h"
#include "device/cuda/host_calls.h"
#include "device/cuda/recording.h"

namespace fovea {

// The driver's nodes in an order in which they may run, as close as can be to that in which they were made.
struct CudaGraphShape {
  struct Edge {
    int from = 0;
    cuda::CUgraphEdgeData data;
  };
  std::vector<cuda::CUgraphNode> nodes;
  std::vector<std::vector<int>> after;   // ascending
  std::vector<std::vector<Edge>> edges;  // as after, in the driver's order, by which it pairs nodes for an update
};
CudaGraphShape read_shape(CudaDevice&, cuda::CUgraph);
// What was noted of the node, or for one that others enqueued what the driver says.
CudaNode name_of(CudaDevice&, cuda::CUgraphNode, const std::unordered_map<cuda::CUgraphNode, CudaNode>& noted);

class CudaGraph final : public GraphBackend {
 public:
  // Takes over the handle.
  CudaGraph(CudaDevice&, cuda::CUgraph, const std::unordered_map<cuda::CUgraphNode, CudaNode>& noted,
            std::vector<std::function<void()>> kept);
  ~CudaGraph() override;
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  Device device() const override { return device_.device(); }
  const std::vector<GraphNode>& nodes() const override { return nodes_; }
  std::shared_ptr<GraphExecBackend> instantiate() const override;

  CudaDevice& owner() const { return device_; }
  cuda::CUgraph handle() const { return handle_; }
  cuda::CUgraphNode node(std::size_t i) const { return shape_.nodes[i]; }
  const CudaGraphShape& shape() const { return shape_; }
  const std::vector<CudaNode>& made_of() const { return made_of_; }
  // To hold while the driver is given the handle or a node: it lets one thread at a time use a graph, even to read it.
  std::mutex& mutex() const { return mutex_; }

 private:
  CudaDevice& device_;
  const cuda::CUgraph handle_;
  mutable std::mutex mutex_;
  CudaGraphShape shape_;
  std::vector<CudaNode> made_of_;
  std::vector<GraphNode> nodes_;
  const std::vector<std::function<void()>> kept_;
};

}  // namespace fovea
