#include "device/cuda/recording.h"

#include <algorithm>

#include "device/cpu/stream.h"
#include "device/cuda/graph.h"
#include "device/cuda/node_copy.h"
#include "device/cuda/stream.h"

namespace fovea {

CudaRecording::~CudaRecording() {
  for (const auto& release : kept_) release();
}

void CudaRecording::join(std::shared_ptr<CudaStream> stream) {
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
}

void CudaRecording::keep(std::function<void()> release) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(release));
}

CudaRecording::Tail CudaRecording::tail(cuda::CUstream stream) {
  unsigned status = cuda::CU_STREAM_CAPTURE_STATUS_NONE;
  unsigned long id = 0;
  Tail tail;
  const cuda::CUgraphNode* after = nullptr;
  const cuda::CUgraphEdgeData* edges = nullptr;  // asked for, since the driver does not answer without when they matter
  std::size_t count = 0;
  device_.run(&CudaFunctions::cuStreamGetCaptureInfo_v3, stream, &status, &id, &tail.graph, &after, &edges, &count);
  if (status != cuda::CU_STREAM_CAPTURE_STATUS_ACTIVE)
    throw Error(Errc::device,
                "graph: expected the driver to go on with the recording, got an end: the work did "
                "something that cannot be recorded");
  tail.nodes.assign(after, after + count);
  return tail;
}

void CudaRecording::note(cuda::CUstream stream, CudaNode node) {
  const Tail now = tail(stream);
  const std::lock_guard lock(mutex_);
  if (now.nodes.size() == 1) nodes_.insert_or_assign(now.nodes.front(), std::move(node));
}

void CudaRecording::append(cuda::CUstream stream, const std::shared_ptr<const CudaGraph>& graph,
                           const std::shared_ptr<const CudaGraph>& parameters, const std::vector<CudaNode>& now) {
  const std::lock_guard reading(parameters->mutex());
  std::vector<unsigned> types;
  for (std::size_t i = 0; i < now.size(); ++i)
    types.push_back(type_to_copy(parameters->owner(), parameters->node(i), now[i]));
  const Tail before = tail(stream);
  const std::lock_guard lock(mutex_);
  kept_.push_back([graph, parameters] {});
  try {
    std::vector<cuda::CUgraphNode> ends = add_nodes(before, *graph, *parameters, types, now);
    if (!ends.empty())
      device_.run(&CudaFunctions::cuStreamUpdateCaptureDependencies_v2, stream, ends.data(),
                  static_cast<const cuda::CUgraphEdgeData*>(nullptr), ends.size(),
                  unsigned{cuda::CU_STREAM_SET_CAPTURE_DEPENDENCIES});
  } catch (...) {  // nodes cannot be taken out again before the end
    spoiled_ = named_error("graph: a launch was recorded in part", std::current_exception());
    throw;
  }
}

// Gives those that none of them comes after. An edge to what the stream had waits for its end, whatever edge it asked
// for.
std::vector<cuda::CUgraphNode> CudaRecording::add_nodes(const Tail& before, const CudaGraph& graph,
                                                        const CudaGraph& parameters, const std::vector<unsigned>& types,
                                                        const std::vector<CudaNode>& now) {
  std::vector<cuda::CUgraphNode> placed, ends;
  for (std::size_t i = 0; i < now.size(); ++i) {
    cuda::CUgraphNode node = add_copy(parameters.owner(), before.graph, types[i], parameters.node(i), now[i]);
    std::vector<cuda::CUgraphNode> from;
    std::vector<cuda::CUgraphEdgeData> edges;
    for (const CudaGraphShape::Edge& edge : graph.shape().edges[i]) {
      from.push_back(placed[static_cast<std::size_t>(edge.from)]);
      edges.push_back(edge.data);
      std::erase(ends, from.back());
    }
    if (from.empty()) from = before.nodes;
    edges.resize(from.size());
    const std::vector<cuda::CUgraphNode> to(from.size(), node);
    if (!from.empty())
      device_.run(&CudaFunctions::cuGraphAddDependencies_v2, before.graph, from.data(), to.data(), edges.data(),
                  from.size());
    nodes_[node] = now[i];
    placed.push_back(node);
    ends.push_back(node);
  }
  return ends;
}

std::string CudaRecording::unjoined(const Tail& tail) {
  const CudaGraphShape shape = read_shape(device_, tail.graph);
  std::vector<bool> joined(shape.nodes.size(), false);
  for (std::size_t i = shape.nodes.size(); i-- > 0;) {
    for (const cuda::CUgraphNode last : tail.nodes)
      if (shape.nodes[i] == last) joined[i] = true;
    if (!joined[i]) return name_of(device_, shape.nodes[i], nodes_).name;
    for (int before : shape.after[i]) joined[static_cast<std::size_t>(before)] = true;
  }
  return {};
}

std::shared_ptr<const GraphBackend> CudaRecording::finish(cuda::CUstream stream) {
  if (spoiled_) {
    drop(stream);
    throw Error(*spoiled_);
  }
  std::string lost;
  cuda::CUgraph graph = nullptr;
  try {
    lost = unjoined(tail(stream));
    const cuda::CUresult status = device_.status_of(&CudaFunctions::cuStreamEndCapture, stream, &graph);
    if (lost.empty()) device_.check(status, "cuStreamEndCapture");
  } catch (...) {
    drop(stream);
    throw;
  }
  let_streams_go();
  if (!lost.empty()) {
    if (graph != nullptr) device_.release(&CudaFunctions::cuGraphDestroy, graph);
    throw Error(Errc::invalid_argument, "graph: expected all work to be joined by the stream that records, got '" +
                                            lost + "' that it does not wait for");
  }
  const std::lock_guard lock(mutex_);
  return std::make_shared<CudaGraph>(device_, graph, nodes_, std::exchange(kept_, {}));
}

void CudaRecording::drop(cuda::CUstream stream) noexcept {
  try {
    cuda::CUgraph graph = nullptr;
    const cuda::CUresult status = device_.status_of(&CudaFunctions::cuStreamEndCapture, stream, &graph);
    if (status == cuda::CUDA_SUCCESS && graph != nullptr) device_.release(&CudaFunctions::cuGraphDestroy, graph);
  } catch (...) {
    // The device is lost, and the capture with it.
  }
  let_streams_go();
}

void CudaRecording::let_streams_go() noexcept {
  std::vector<std::shared_ptr<CudaStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    streams.swap(streams_);
  }
  for (const auto& stream : streams) stream->leave_recording();
}

}  // namespace fovea
