#pragma once
#include <memory>
#include <mutex>

#include "device/profiler.h"

namespace fovea {

class CudaDevice;
class CudaEvent;
class CudaStream;
class Stream;

// Tells the host's time of a device's events: of a base event it is known. Made again for each recording and every few
// seconds of it, for the driver gives differences in float milliseconds and the clocks drift.
class CudaClock {
 public:
  struct Base {
    std::uint64_t recording;
    std::int64_t host_ns;  // when it was enqueued, to an idle stream
    std::shared_ptr<CudaEvent> event;
  };
  explicit CudaClock(CudaDevice& device) : device_(device) {}
  std::shared_ptr<const Base> base();  // with an event of null when the device did not reach it in a second

 private:
  std::shared_ptr<CudaEvent> reached_now();

  CudaDevice& device_;
  std::mutex mutex_;
  std::shared_ptr<const Base> base_;
};

// While a recording is under way: what the stream is given from here to the end of the scope is timed by the device's
// clock: by CUPTI each kernel, copy and fill, named after the subject; else all of it as a span between two events,
// with what another thread gives to the stream meanwhile. Not what a stream records for a graph, nor, by events, what
// ends by an exception. To be made without the stream's lock.
class CudaTimedSpan {
 public:
  CudaTimedSpan(CudaStream& stream, const profiler::Subject& subject, std::size_t bytes = 0) : stream_(stream) {
    if (profiler::profiling()) begin(subject, bytes);
  }
  CudaTimedSpan(const Stream&, const profiler::Subject&);  // of a CUDA device
  ~CudaTimedSpan() {
    if (span_) end();
  }
  CudaTimedSpan(const CudaTimedSpan&) = delete;
  CudaTimedSpan& operator=(const CudaTimedSpan&) = delete;

 private:
  struct Span;
  void begin(const profiler::Subject&, std::size_t bytes) noexcept;
  void end() noexcept;

  CudaStream& stream_;
  std::shared_ptr<Span> span_;  // null: not timed
};

}  // namespace fovea
