#include "device/cuda/graph_exec.h"

#include "device/cuda/copy.h"
#include "device/cuda/stream.h"

namespace fovea {

class CudaGraphExec::Call {
 public:
  explicit Call(CudaHostCall call) : number_(cuda_host_calls().add(std::move(call))) {}
  ~Call() { cuda_host_calls().remove(number_); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  void* number() const { return number_; }

 private:
  void* const number_;
};

CudaGraphExec::CudaGraphExec(std::shared_ptr<const CudaGraph> graph)
    : graph_(std::move(graph)),
      device_(graph_->owner()),
      parameters_(graph_),
      now_(graph_->made_of()),
      calls_(graph_->nodes().size()) {
  {
    const std::lock_guard reading(graph_->mutex());
    device_.run(&CudaFunctions::cuGraphInstantiateWithFlags, &handle_, graph_->handle(), 0ull);
  }
  try {
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      if (nodes()[i].kind != GraphNode::Kind::call) continue;
      if (!target_) target_ = std::make_shared<CudaFailureTarget>();
      calls_[i] = make_call(i, now_[i].work);
      tell_driver(i, *calls_[i]);
    }
  } catch (...) {
    device_.release(&CudaFunctions::cuGraphExecDestroy, handle_);
    throw;
  }
}

// A launch that runs yet needs the functions, and what the graph keeps.
CudaGraphExec::~CudaGraphExec() {
  device_.release(&CudaFunctions::cuGraphExecDestroy, handle_);
  for (auto& call : calls_) keep_until_launched(std::move(call));
  keep_until_launched(parameters_);
  keep_until_launched(graph_);
}

std::shared_ptr<CudaGraphExec::Call> CudaGraphExec::make_call(std::size_t node, std::function<void()> work) const {
  return std::make_shared<Call>(CudaHostCall{device_.device(), nodes()[node].name, std::move(work), target_, false});
}

void CudaGraphExec::tell_driver(std::size_t node, const Call& call) {
  const cuda::CUDA_HOST_NODE_PARAMS parameters{&CudaHostCalls::run, call.number()};
  const std::lock_guard reading(graph_->mutex());
  device_.run(&CudaFunctions::cuGraphExecHostNodeSetParams, handle_, graph_->node(node), &parameters);
}

std::vector<CudaNode> CudaGraphExec::nodes_of(const CudaGraph& graph) const {
  std::vector<CudaNode> nodes = graph.made_of();
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].name = graph_->nodes()[i].name;
  return nodes;
}

void CudaGraphExec::keep_until_launched(std::shared_ptr<const void> held) noexcept {
  if (!held || !last_) return;
  try {
    last_->when_done([kept = std::move(held)] {});
  } catch (...) {
    // The device is lost, or the process has no thread left to wait with: the driver drops the launch.
  }
}

void CudaGraphExec::launch(StreamBackend& on) {
  auto& stream = static_cast<CudaStream&>(on);
  const std::lock_guard lock(mutex_);
  if (stream.append_to_recording(graph_, parameters_, now_)) return;
  if (nodes().empty()) return;
  if (last_ && !last_->done()) stream.wait(last_);
  stream.launch(handle_, target_, "graph of " + std::to_string(nodes().size()) + " nodes");
  try {
    last_ = stream.record();
  } catch (...) {
    device_.wait(stream.handle(), stream.last_work());  // what the launch needs may go with this object
    throw;
  }
}

void CudaGraphExec::update(const GraphBackend& other) {
  const auto graph = std::static_pointer_cast<const CudaGraph>(other.shared_from_this());
  const std::lock_guard lock(mutex_);
  std::vector<CudaNode> then = nodes_of(*graph);
  std::vector<std::shared_ptr<Call>> calls(nodes().size());
  for (std::size_t i = 0; i < nodes().size(); ++i)
    if (nodes()[i].kind == GraphNode::Kind::call) calls[i] = make_call(i, then[i].work);
  cuda::CUgraphExecUpdateResultInfo result{};
  cuda::CUresult status = cuda::CUDA_SUCCESS;
  {
    const std::lock_guard reading(graph->mutex());
    status = device_.status_of(&CudaFunctions::cuGraphExecUpdate_v2, handle_, graph->handle(), &result);
  }
  if (status == cuda::CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE) {
    std::string which;
    for (std::size_t i = 0; i < nodes().size(); ++i)
      if (graph->node(i) == result.errorNode) which = " at node " + std::to_string(i) + ", '" + nodes()[i].name + "'";
    throw Error(Errc::invalid_argument, "graph: update: expected what the driver can take over, got its refusal " +
                                            std::to_string(result.result) + which);
  }
  device_.check(status, "cuGraphExecUpdate_v2");
  for (std::size_t i = 0; i < nodes().size(); ++i)
    if (calls[i]) tell_driver(i, *calls[i]);
  for (auto& call : calls_) keep_until_launched(std::move(call));
  keep_until_launched(std::exchange(parameters_, graph));
  calls_ = std::move(calls);
  now_ = std::move(then);
}

void CudaGraphExec::set_call(int node, std::function<void()> work) {
  const auto i = static_cast<std::size_t>(node);
  const std::lock_guard lock(mutex_);
  auto call = make_call(i, work);
  tell_driver(i, *call);
  keep_until_launched(std::exchange(calls_[i], std::move(call)));
  now_[i].work = std::move(work);
}

void CudaGraphExec::set_copy(int node, void* to, const void* from) {
  const auto i = static_cast<std::size_t>(node);
  const std::lock_guard lock(mutex_);
  Transfer transfer = *now_[i].transfer;
  if (transfer.rows != 1)
    throw Error(Errc::unsupported, "graph: expected a copy of one row to set on " + device().name() + ", got node " +
                                       std::to_string(node) + " of " + std::to_string(transfer.rows) +
                                       " rows; update() takes them from another recording");
  transfer.to = static_cast<std::byte*>(to);
  transfer.from = static_cast<const std::byte*>(from);
  const cuda::CUDA_MEMCPY3D copy = as_copy_node(transfer);
  {
    const std::lock_guard reading(graph_->mutex());
    device_.run(&CudaFunctions::cuGraphExecMemcpyNodeSetParams, handle_, graph_->node(i), &copy, now_[i].context);
  }
  now_[i].transfer = transfer;
  now_[i].places_set = true;
}

}  // namespace fovea
