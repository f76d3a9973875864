#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

namespace fovea::cuda::fake {
namespace {

// Whether the work may go on: not when it is the one that faults, or hangs until the next reset.
bool survives(State& s, Lock& lock, CUstream_st& stream) {
  if (s.fault_in > 0 && --s.fault_in == 0) {
    lose(stream.context, s.fault_error);
    return false;
  }
  if (s.hang_in > 0 && --s.hang_in == 0) {
    s.changed.wait(lock, [&s, hangs = s.hangs] { return s.hangs != hangs; });
    return false;
  }
  return true;
}

void run_stream(const std::shared_ptr<CUstream_st>& stream) {
  State& s = state();
  Lock lock(s.mutex);
  for (;;) {
    const auto startable = [&] {
      if (stream->queue.empty()) return stream->closing;
      const Work& front = stream->queue.front();
      return !front.ready || front.ready();
    };
    while (!startable()) {
      if (!stream->queue.empty() && stream->queue.front().polls)
        s.changed.wait_for(lock, std::chrono::microseconds(200));
      else
        s.changed.wait(lock);
    }
    if (stream->queue.empty()) return;
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->busy = true;
    if (!work.counts || survives(s, lock, *stream)) {
      lock.unlock();
      work.run();
      lock.lock();
    }
    lock.unlock();
    work = {};
    lock.lock();
    stream->busy = false;
    s.changed.notify_all();
  }
}

}  // namespace

CUresult enqueue(CUstream stream, Work work) {
  State& s = state();
  if (!s.streams.contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
  stream->queue.push_back(std::move(work));
  s.changed.notify_all();
  return CUDA_SUCCESS;
}

CUgraphNode_st* add_node(CUstream stream, unsigned type) {
  auto node = std::make_unique<CUgraphNode_st>();
  node->type = type;
  node->before = stream->after;
  node->edges = stream->edges;
  CUgraphNode_st* raw = node.get();
  stream->capture->graph->nodes.push_back(std::move(node));
  stream->after.assign(1, raw);
  stream->edges.assign(1, {});
  return raw;
}

bool is_zero(const CUgraphEdgeData& edge) {
  const CUgraphEdgeData zero{};
  return std::memcmp(&edge, &zero, sizeof zero) == 0;
}

void run(const CUDA_HOST_NODE_PARAMS& host) {
  in_host_function = true;
  host.fn(host.userData);
  in_host_function = false;
}

}  // namespace fovea::cuda::fake

namespace {

bool is_idle(const CUstream_st& stream) {
  return stream.queue.empty() && !stream.busy;
}

// What may not be asked of a stream that captures, and ends its capture.
bool breaks_capture(CUstream stream) {
  if (stream->capture) stream->capture->invalid = true;
  return stream->capture != nullptr;
}

}  // namespace

extern "C" {

CUresult cuStreamCreateWithPriority(CUstream* handle, unsigned flags, int priority) {
  FAKE_ENTER_CONTEXT();
  if (flags != CU_STREAM_NON_BLOCKING || priority > 0 || priority < -5) return CUDA_ERROR_INVALID_VALUE;
  auto stream = std::make_shared<CUstream_st>();
  stream->context = fake::current();
  *handle = stream.get();
  s.streams[*handle] = stream;
  std::thread([stream] { fake::run_stream(stream); }).detach();
  return CUDA_SUCCESS;
}

// What is queued runs yet.
CUresult cuStreamDestroy_v2(CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.streams.find(stream);
  if (found == s.streams.end()) return CUDA_ERROR_INVALID_HANDLE;
  breaks_capture(stream);
  found->second->closing = true;
  s.streams.erase(found);
  s.changed.notify_all();
  return CUDA_SUCCESS;
}

CUresult cuStreamQuery(CUstream stream) {
  FAKE_ENTER_CONTEXT();
  if (!s.streams.contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
  if (breaks_capture(stream)) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return is_idle(*stream) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult cuStreamSynchronize(CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.streams.find(stream);
  if (found == s.streams.end()) return CUDA_ERROR_INVALID_HANDLE;
  if (breaks_capture(stream)) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  const std::shared_ptr<CUstream_st> held = found->second;
  s.changed.wait(lock, [&] { return is_idle(*held) || held->context->lost != CUDA_SUCCESS; });
  return held->context->lost;
}

CUresult cuStreamWaitValue32_v2(CUstream stream, CUdeviceptr word, unsigned value, unsigned flags) {
  FAKE_ENTER_CONTEXT();
  if (flags != CU_STREAM_WAIT_VALUE_GEQ || fake::check_range(word, 4, false) != CUDA_SUCCESS)
    return CUDA_ERROR_INVALID_VALUE;
  if (breaks_capture(stream)) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  auto* const there = reinterpret_cast<std::uint32_t*>(word);
  const auto reached = [there, value] { return std::atomic_ref(*there).load(std::memory_order_acquire) >= value; };
  return fake::enqueue(stream, {reached, [] {}, false, true});
}

CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* user_data) {
  FAKE_ENTER_CONTEXT();
  const CUDA_HOST_NODE_PARAMS host{function, user_data};
  if (stream->capture) {
    fake::add_node(stream, CU_GRAPH_NODE_TYPE_HOST)->host = host;
    return CUDA_SUCCESS;
  }
  return fake::enqueue(stream, {{}, [host] { fake::run(host); }});
}

CUresult cuStreamBeginCapture_v2(CUstream stream, unsigned mode) {
  FAKE_ENTER_CONTEXT();
  if (stream->capture || mode != CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->capture->streams.insert(stream);
  stream->after.clear();
  stream->edges.clear();
  return CUDA_SUCCESS;
}

// Nodes that direct actions on the graph made, or left behind, need not be joined.
CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  FAKE_ENTER_CONTEXT();
  *graph = nullptr;
  const std::shared_ptr<Capture> capture = stream->capture;
  if (!capture || capture->origin != stream) return CUDA_ERROR_INVALID_VALUE;
  std::set<CUgraphNode> joined = capture->let_go;
  joined.insert(stream->after.begin(), stream->after.end());
  bool all_joined = true;
  for (auto node = capture->graph->nodes.rbegin(); node != capture->graph->nodes.rend(); ++node)
    if (joined.contains(node->get()))
      joined.insert((*node)->before.begin(), (*node)->before.end());
    else if (!(*node)->direct)
      all_joined = false;
  for (const CUstream member : capture->streams)
    if (s.streams.contains(member)) member->capture = nullptr;
  if (capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (!all_joined) return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  *graph = capture->graph.get();
  s.graphs[*graph] = std::move(capture->graph);
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCaptureInfo_v3(CUstream stream, unsigned* status, unsigned long* id, CUgraph* graph,
                                   const CUgraphNode** after, const CUgraphEdgeData** edges, std::size_t* count) {
  FAKE_ENTER_CONTEXT();
  *status = stream->capture ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
  if (stream->capture && stream->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (!stream->capture) return CUDA_SUCCESS;
  if (edges == nullptr && !std::all_of(stream->edges.begin(), stream->edges.end(), fake::is_zero))
    return CUDA_ERROR_LOSSY_QUERY;
  *id = 1;
  *graph = stream->capture->graph.get();
  *after = stream->after.data();
  if (edges != nullptr) *edges = stream->edges.data();
  *count = stream->after.size();
  return CUDA_SUCCESS;
}

CUresult cuStreamUpdateCaptureDependencies_v2(CUstream stream, CUgraphNode* nodes, const CUgraphEdgeData* edges,
                                              std::size_t count, unsigned flags) {
  FAKE_ENTER_CONTEXT();
  if (!stream->capture) return CUDA_ERROR_ILLEGAL_STATE;
  const auto& made = stream->capture->graph->nodes;
  for (std::size_t i = 0; i < count; ++i)
    if (std::none_of(made.begin(), made.end(), [&](const auto& node) { return node.get() == nodes[i]; }))
      return CUDA_ERROR_INVALID_VALUE;
  if (flags > CU_STREAM_SET_CAPTURE_DEPENDENCIES) return CUDA_ERROR_INVALID_VALUE;
  if (flags == CU_STREAM_SET_CAPTURE_DEPENDENCIES) {
    stream->capture->let_go.insert(stream->after.begin(), stream->after.end());
    stream->after.clear();
    stream->edges.clear();
  }
  for (std::size_t i = 0; i < count; ++i) {
    stream->after.push_back(nodes[i]);
    stream->edges.push_back(edges == nullptr ? CUgraphEdgeData{} : edges[i]);
  }
  return CUDA_SUCCESS;
}
}
