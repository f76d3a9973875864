#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "device/profile/in_flight.h"
#include "device/profile/span_buffer.h"
#include "device/profile/trace_file.h"

namespace fovea::profiler {

// Whether a thread is adding a span: the end of a recording waits for those that are.
struct Gate {
  std::atomic<bool> busy{false};
};

// One recording.
class Session {
 public:
  Session(std::uint64_t number, const ProfileOptions&);  // throws as start_profile()
  std::uint64_t number() const { return number_; }
  std::int64_t start_ns() const { return start_ns_; }
  const std::shared_ptr<InFlight>& in_flight() const { return in_flight_; }

  bool tell_device_times(std::string how, std::function<void()> at_end);
  void end_device_times();  // calls what was given; nothing is told after it

  SpanBuffer& join(std::shared_ptr<Gate>);  // for the calling thread, once
  // Once no thread joins any more. `lost` spans are not kept either.
  Profile finish(std::int64_t end_ns, std::int64_t lost);

 private:
  struct Member {
    Member(std::shared_ptr<Gate> of, SpanBudget& budget, std::int64_t thread)
        : gate(std::move(of)), buffer(budget, thread) {}
    const std::shared_ptr<Gate> gate;
    SpanBuffer buffer;
    SpanBuffer::Cursor traced;
  };
  void write_until(const std::stop_token&);
  void trace_new_spans();
  void collect(Profile&) const;

  const std::uint64_t number_;
  const std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();  // outlives it with spans that come late
  SpanBudget budget_;
  std::mutex mutex_;
  std::deque<Member> members_;  // only grows; a member's cursor is the writer's
  std::string device_times_;
  std::function<void()> device_times_end_;
  bool device_times_ended_ = false;
  std::optional<TraceFile> trace_;
  const std::int64_t start_ns_;
  std::jthread writer_;
};

}  // namespace fovea::profiler
