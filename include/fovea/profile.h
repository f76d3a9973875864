#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/device.h"
#include "fovea/error.h"

// Where time went: a recording of the whole process, between start_profile() and stop_profile(). Times are nanoseconds
// of the steady clock. While nothing records, a place that could be recorded costs the test of one flag.
namespace fovea {

enum class Activity : std::uint8_t {
  kernel,      // of a device
  op,          // an op, or an expression, as the host sees it
  copy,        // between or within devices
  fill,        // of bytes
  stage,       // of the pipeline: read, decode, prepare, infer, write
  wait,        // of a thread, for an event, a stream or work
  host_call,   // a function that was given to a stream or graph
  allocation,  // from the system or a device, past the pools
  range,       // ProfileRange
};
std::string_view name(Activity);  // "host call"

// All spans of one activity, place and name; those inside of a span of their activity are a group of their own.
struct ProfileGroup {
  Activity activity = Activity::op;
  Device device;       // where the time passed
  std::string name;    // "conv2d/onednn"; a copy: "cpu to cuda:0"
  Device from, to;     // of copies
  bool inner = false;  // inside of others on its thread: a softmax that evaluates expressions, a range in a range
  // Of all spans, also those that were not kept.
  std::int64_t calls = 0, total_ns = 0, min_ns = 0, max_ns = 0, bytes = 0;
  // Of the spans kept; of an even number, the mean of the two in the middle, rounded down.
  std::int64_t median_ns = 0;
};

struct ProfileSpan {
  std::size_t group = 0;   // in Profile::groups
  std::int64_t track = 0;  // on the cpu a thread, from 1 in the order of their first spans; else a stream's number
  std::int64_t begin_ns = 0, end_ns = 0;  // since the start
  std::int64_t bytes = 0;
};

struct Profile {
  std::vector<ProfileGroup> groups;  // by activity, device, inner and falling total
  std::vector<ProfileSpan> spans;    // by begin; only those that began and ended while it recorded
  std::int64_t duration_ns = 0;
  // Spans beyond ProfileOptions::most_spans, which are in groups, but not in spans; and those that a device could not
  // time, or had not ended a second after the stop.
  std::int64_t not_kept = 0;
  // How the times of CUDA devices were had: "CUPTI (version 130001)", or "events, not CUPTI: " and why. Empty when none
  // was at work.
  std::string device_times;
  std::int64_t not_traced = 0;       // spans for which the trace has no room
  std::optional<Error> trace_error;  // why the trace ends early
};

struct ProfileOptions {
  std::int64_t most_spans = 1'000'000;  // kept; 40 bytes each
  // Written while it records, at least every 100 ms; empty: none. A file that exists is replaced. See write_trace().
  std::filesystem::path trace;
  std::int64_t most_trace_bytes = std::int64_t{256} << 20;
};

// Begins a recording. Throws Error(invalid_argument) when one is under way or a limit is out of range (most_spans at
// least 0, most_trace_bytes at least 4096), and Error(not_found, permission, not_a_file, io) when the trace cannot be
// made. Both functions are thread-safe; other threads may be at work.
void start_profile(const ProfileOptions& = {});
// Ends it, once devices have ended what they were given, at most a second later. Throws Error(invalid_argument) when
// there is none.
Profile stop_profile();

// A span of one's own, from here to the end of the scope, on one thread. Also a range of NVTX while a tool of NVIDIA's
// listens (NVTX_INJECTION64_PATH). The name is copied; cost while recording: about 0.3 us.
class ProfileRange {
 public:
  explicit ProfileRange(std::string_view name);
  ~ProfileRange();
  ProfileRange(const ProfileRange&) = delete;
  ProfileRange& operator=(const ProfileRange&) = delete;

 private:
  const std::uint64_t listeners_;
  std::string name_;
  bool inner_ = false;
  std::int64_t begin_ns_ = 0;
};

// For people: a table for each activity and device, then the hints. ASCII but for names; control characters become '?'.
std::string profile_report(const Profile&);

// What usually slows a program down, where this one does it: one line each, with the number measured and a cure. Rules
// and thresholds: docs/profiling.md.
std::vector<std::string> profile_hints(const Profile&);

// Writes the spans as Chrome's JSON array of events, one event a line, which Perfetto and chrome://tracing open. Of a
// file cut anywhere, the whole lines are a trace. Keeps to `most_bytes`: what does not fit is counted in the last line.
// Returns how many spans were left out. Throws as start_profile().
std::int64_t write_trace(const Profile&, const std::filesystem::path&, std::int64_t most_bytes);

}  // namespace fovea
