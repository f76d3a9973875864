#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "device/backend.h"
#include "fovea/profile.h"

// How the library records: `const profiler::Scope span(Activity::stage, "decode");`. No lock and no allocation while
// recording, but for the first span of a name or thread and every 256th after it.
namespace fovea::profiler {

namespace detail {
// 0: nothing listens. Bit 0: NVTX does. The rest is the number of the recording under way.
extern std::atomic<std::uint64_t> state;
}  // namespace detail

inline std::uint64_t listening() {
  return detail::state.load(std::memory_order_relaxed);
}
inline bool profiling() {
  return listening() > 1;
}
std::int64_t now();  // ns of the steady clock

// What a span is of. Its name is `name` or, with a detail, `name/detail`; a copy's comes of its devices.
struct Subject {
  Activity activity = Activity::op;
  std::string_view name = {}, detail = {};
  Device device = {}, from = {}, to = {};
  bool inner = false;
};
// For times that were measured elsewhere, as of a device, in ns of the steady clock; `track` is a stream's number.
// Dropped unless the span began and ended in the recording under way.
struct Timed {
  Subject subject;
  std::int64_t begin_ns = 0, end_ns = 0, bytes = 0, track = 0;
};
void record(const Timed&) noexcept;
void count_lost() noexcept;  // of a span that cannot be recorded
// For the report of the recording under way: how devices are timed. `at_end` is called once when it stops, after it has
// waited for devices. False when no recording takes it any more: then `at_end` is not called.
bool tell_device_times(std::string how, std::function<void()> at_end);
// While it lives, stop_profile() waits for a span that a device is yet to end. Null when no recording takes it.
std::shared_ptr<void> expect_span();

// From here to the end of the scope, on this thread. The texts must live as long.
class Scope {
 public:
  Scope(Activity activity, std::string_view name, std::string_view detail = {}, std::size_t bytes = 0)
      : listeners_(listening()) {
    if (listeners_ != 0) begin({activity, name, detail, {}, {}, {}, false}, bytes);
  }
  explicit Scope(const Transfer& t) : listeners_(listening()) {
    if (listeners_ != 0)
      begin({Activity::copy, "copy", {}, {}, t.from_device, t.to_device, false}, t.row_bytes * t.rows);
  }
  explicit Scope(const Fill& fill) : Scope(Activity::fill, "fill", {}, fill.bytes) {}
  ~Scope() {
    if (listeners_ != 0) end();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  void begin(const Subject&, std::size_t bytes) noexcept;
  void end() noexcept;

  const std::uint64_t listeners_;
  std::optional<Timed> timed_;  // left as it is while nothing listens
};

}  // namespace fovea::profiler
