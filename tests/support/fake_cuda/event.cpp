#include <algorithm>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

extern "C" {

CUresult cuEventCreate(CUevent* event, unsigned) {
  FAKE_ENTER_CONTEXT();
  auto made = std::make_shared<CUevent_st>();
  *event = made.get();
  s.events[*event] = std::move(made);
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
  FAKE_ENTER_CONTEXT();
  return s.events.erase(event) != 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuEventRecord(CUevent handle, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.events.find(handle);
  if (found == s.events.end()) return CUDA_ERROR_INVALID_HANDLE;
  const std::shared_ptr<CUevent_st> event = found->second;
  event->capture = stream->capture;
  event->after = stream->after;
  event->edges = stream->edges;
  if (stream->capture) return CUDA_SUCCESS;
  const auto reach = [event, point = ++event->recorded] {
    const fake::Lock guard(fake::state().mutex);
    event->reached = point;
    event->at = std::chrono::steady_clock::now();
  };
  return fake::enqueue(stream, {{}, reach, false});
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent handle, unsigned) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.events.find(handle);
  if (found == s.events.end() || !s.streams.contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
  const std::shared_ptr<CUevent_st> event = found->second;
  if (stream->capture && stream->capture != event->capture) {
    stream->capture->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  if (!event->capture) {
    const auto reached = [event, point = event->recorded] { return event->reached >= point; };
    return fake::enqueue(stream, {reached, [] {}, false});
  }
  if (!stream->capture) stream->after.clear(), stream->edges.clear();
  stream->capture = event->capture;
  stream->capture->streams.insert(stream);
  for (std::size_t i = 0; i < event->after.size(); ++i) {
    if (std::find(stream->after.begin(), stream->after.end(), event->after[i]) != stream->after.end()) continue;
    stream->after.push_back(event->after[i]);
    stream->edges.push_back(event->edges[i]);
  }
  return CUDA_SUCCESS;
}

CUresult cuEventQuery(CUevent event) {
  FAKE_ENTER_CONTEXT();
  if (!s.events.contains(event)) return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture) return CUDA_ERROR_CAPTURED_EVENT;
  return event->reached == event->recorded ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult cuEventSynchronize(CUevent handle) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.events.find(handle);
  if (found == s.events.end()) return CUDA_ERROR_INVALID_HANDLE;
  const std::shared_ptr<CUevent_st> event = found->second;
  if (event->capture) return CUDA_ERROR_CAPTURED_EVENT;
  CUcontext context = fake::current();
  s.changed.wait(lock,
                 [&, point = event->recorded] { return event->reached >= point || context->lost != CUDA_SUCCESS; });
  return context->lost;
}

CUresult cuEventElapsedTime(float* ms, CUevent from, CUevent to) {
  FAKE_ENTER_CONTEXT();
  if (!s.events.contains(from) || !s.events.contains(to)) return CUDA_ERROR_INVALID_HANDLE;
  *ms = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return CUDA_SUCCESS;
}
}
