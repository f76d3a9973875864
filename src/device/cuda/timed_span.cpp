#include "device/cuda/timed_span.h"

#include <chrono>
#include <cmath>
#include <exception>
#include <string>
#include <thread>

#include "device/cuda/activities.h"
#include "device/cuda/event.h"
#include "device/cuda/stream.h"
#include "fovea/device.h"

namespace fovea {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t base_lasts = 4 * second;  // 4096 ms in a float are good to 0.25 us, as the events themselves are

std::int64_t ns_between(const CudaEvent& from, const CudaEvent& to) {
  return std::llround(to.ms_since(from) * 1e6);
}

}  // namespace

// A host function may hold up the stream by which it is reached, if the two share a queue of the device; so the wait
// has an end.
std::shared_ptr<CudaEvent> CudaClock::reached_now() {
  CudaStream stream(device_, 0);
  auto event = stream.mark();
  for (const std::int64_t start = profiler::now(); !event->done(); std::this_thread::yield())
    if (profiler::now() - start > second) return nullptr;
  return device_.lost() ? nullptr : event;
}

// The device passes the base a little after host_ns, so spans come out early by what that took: 10 us or so on an idle
// device, never late. So they lie within the recording.
std::shared_ptr<const CudaClock::Base> CudaClock::base() {
  const std::uint64_t recording = profiler::listening() >> 1;
  const std::lock_guard lock(mutex_);
  const std::int64_t now = profiler::now();
  const bool same = base_ && base_->recording == recording;
  if (same && (!base_->event || now - base_->host_ns < base_lasts)) return base_;
  base_ = std::make_shared<const Base>(Base{recording, now, nullptr});
  base_ = std::make_shared<const Base>(Base{recording, now, reached_now()});
  return base_;
}

struct CudaTimedSpan::Span {
  std::shared_ptr<void> expected;
  profiler::Timed timed;
  std::string name, detail;
  int exceptions = std::uncaught_exceptions();
  bool activities = false;  // timed by CUPTI; the end is awaited all the same
  std::shared_ptr<const CudaClock::Base> base;
  std::shared_ptr<CudaEvent> begin, end;

  void record() noexcept {
    if (activities) {
      if (end->of_lost_device()) profiler::count_lost();
      return;
    }
    try {
      timed.begin_ns = base->host_ns + ns_between(*base->event, *begin);
      timed.end_ns = base->host_ns + ns_between(*base->event, *end);
      profiler::record(timed);
    } catch (...) {
      profiler::count_lost();  // with the device
    }
  }
};

CudaTimedSpan::CudaTimedSpan(const Stream& stream, const profiler::Subject& subject)
    : CudaTimedSpan(static_cast<CudaStream&>(*stream.backend()), subject) {}

void CudaTimedSpan::begin(const profiler::Subject& subject, std::size_t bytes) noexcept {
  try {
    if (stream_.is_recording()) return;
    auto span = std::make_shared<Span>();
    span->expected = profiler::expect_span();
    if (!span->expected) return;
    if (cuda_activities().taking()) {
      cuda_activities().push(subject, stream_.number());
      span->activities = true;
      span_ = std::move(span);
      return;
    }
    span->name = subject.name;
    span->detail = subject.detail;
    span->timed = {subject, 0, 0, static_cast<std::int64_t>(bytes), stream_.number()};
    span->timed.subject.name = span->name;
    span->timed.subject.detail = span->detail;
    span->timed.subject.device = stream_.device();
    span->base = stream_.clock().base();
    if (span->base->event) span->begin = stream_.mark();
    if (span->begin)
      span_ = std::move(span);
    else
      profiler::count_lost();
  } catch (...) {
    profiler::count_lost();  // the work itself meets what is wrong, and says so
  }
}

void CudaTimedSpan::end() noexcept {
  if (span_->activities) cuda_activities().pop();
  if (std::uncaught_exceptions() > span_->exceptions) return;
  try {
    span_->end = stream_.mark();
    if (span_->end)
      span_->end->when_done([span = span_] { span->record(); });
    else
      profiler::count_lost();
  } catch (...) {
    profiler::count_lost();
  }
}

}  // namespace fovea
