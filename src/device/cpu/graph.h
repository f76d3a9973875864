#pragma once
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "device/backend.h"

namespace fovea {

class CpuStream;
class CpuEvent;

// What a node does. Copies of a work share nothing that changes.
using CpuWork = std::variant<std::function<void()>, Transfer, Fill>;
void run(const CpuWork&, std::string_view name);

// Nodes under construction, shared by the streams that record into them.
class CpuRecording {
 public:
  ~CpuRecording();
  int add(GraphNode, CpuWork);
  void join(std::weak_ptr<CpuStream>);  // throws Error(invalid_argument) when the recording has ended
  void keep(std::function<void()> release);
  // Ends the recording of all its streams. Throws Error(invalid_argument) unless `tail`, the last nodes of the stream
  // it began with, comes after every node.
  std::shared_ptr<const GraphBackend> finish(const std::vector<int>& tail);
  void drop() noexcept;

 private:
  std::mutex mutex_;
  bool ended_ = false;
  std::vector<GraphNode> nodes_;
  std::vector<CpuWork> works_;
  std::vector<std::weak_ptr<CpuStream>> streams_;
  std::vector<std::function<void()>> kept_;
};

class CpuGraph final : public GraphBackend {
 public:
  CpuGraph(std::vector<GraphNode> nodes, std::vector<CpuWork> works, std::vector<std::function<void()>> kept)
      : nodes_(std::move(nodes)), works_(std::move(works)), kept_(std::move(kept)) {}
  ~CpuGraph() override;
  Device device() const override { return Device::cpu(); }
  const std::vector<GraphNode>& nodes() const override { return nodes_; }
  const std::vector<CpuWork>& works() const { return works_; }
  std::shared_ptr<GraphExecBackend> instantiate() const override;

 private:
  const std::vector<GraphNode> nodes_;
  const std::vector<CpuWork> works_;
  const std::vector<std::function<void()>> kept_;
};

// Nodes that follow one another run on one stream, a lane; lane 0 is the stream of the launch, so a graph without
// branches needs no other thread.
class CpuGraphExec final : public GraphExecBackend {
 public:
  explicit CpuGraphExec(std::shared_ptr<const CpuGraph>);
  const std::vector<GraphNode>& nodes() const override { return graph_->nodes(); }
  Device device() const override { return Device::cpu(); }
  void launch(StreamBackend&) override;
  void update(const GraphBackend&) override;
  void set_call(int node, std::function<void()> work) override;
  void set_copy(int node, void* to, const void* from) override;

 private:
  struct Launch;
  std::vector<std::shared_ptr<CpuStream>> lanes_of(CpuStream& first);
  void set(int node, CpuWork);

  std::mutex mutex_;
  const std::shared_ptr<const CpuGraph> graph_;
  std::shared_ptr<const CpuGraph> parameters_;  // keeps alive what the works of an update point to
  std::shared_ptr<const std::vector<CpuWork>> works_;
  std::vector<int> lane_;      // by node
  std::vector<bool> awaited_;  // by node: whether a node of another lane comes after it
  int lane_count_ = 0;
  std::vector<std::shared_ptr<CpuStream>> lanes_;  // but the first
  std::shared_ptr<EventBackend> last_;             // the end of the launch before
};

}  // namespace fovea
