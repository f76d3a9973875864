#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "device/cuda/graph.h"

namespace fovea {

class CudaGraphExec final : public GraphExecBackend {
 public:
  explicit CudaGraphExec(std::shared_ptr<const CudaGraph>);
  ~CudaGraphExec() override;
  CudaGraphExec(const CudaGraphExec&) = delete;
  CudaGraphExec& operator=(const CudaGraphExec&) = delete;
  const std::vector<GraphNode>& nodes() const override { return graph_->nodes(); }
  Device device() const override { return graph_->device(); }
  void launch(StreamBackend&) override;
  void update(const GraphBackend&) override;
  void set_call(int node, std::function<void()> work) override;
  void set_copy(int node, void* to, const void* from) override;

 private:
  class Call;  // a host function that the driver may run until it goes
  std::shared_ptr<Call> make_call(std::size_t node, std::function<void()> work) const;
  void tell_driver(std::size_t node, const Call&);
  void keep_until_launched(std::shared_ptr<const void>) noexcept;  // with the lock held
  std::vector<CudaNode> nodes_of(const CudaGraph&) const;          // under the names of its own graph

  const std::shared_ptr<const CudaGraph> graph_;
  CudaDevice& device_;
  cuda::CUgraphExec handle_ = nullptr;
  std::shared_ptr<CudaFailureTarget> target_;  // null: no host functions
  std::mutex mutex_;                           // of what follows
  std::shared_ptr<const CudaGraph> parameters_;
  std::vector<CudaNode> now_;                 // as launches from now on run them
  std::vector<std::shared_ptr<Call>> calls_;  // by node
  std::shared_ptr<EventBackend> last_;        // the end of the launch before
};

}  // namespace fovea
