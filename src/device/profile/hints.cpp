#include <algorithm>
#include <set>

#include "device/profile/intervals.h"
#include "device/profile/quantities.h"
#include "fovea/profile.h"

namespace fovea {
namespace {

using namespace profiler;
using Hints = std::vector<std::string>;

// Thresholds of the rules; docs/profiling.md names them.
constexpr double long_share = 0.5, long_of_run = 0.1;
constexpr std::int64_t tiny_ns = 10'000, tiny_calls = 1000;
constexpr double tiny_of_run = 0.01;
constexpr double transfer_of_run = 0.05, transfer_overlap = 0.5;
constexpr std::int64_t late_allocations = 16;
constexpr double idle_share = 0.5;
constexpr std::int64_t idle_window_ns = 1'000'000;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

bool computes(const ProfileGroup& g) {
  return g.activity == Activity::kernel || g.activity == Activity::op;
}

std::string called(const ProfileGroup& g) {
  return g.device.name() + ": " + shown(g.name);
}

std::string a_call(const ProfileGroup& g) {
  return time_text(g.total_ns / g.calls) + " each";
}

// One name takes most of the time of its table. What is inside of another counts there.
void long_kernels(const Profile& p, Hints& hints) {
  for (const ProfileGroup& g : p.groups) {
    if (!computes(g) || g.inner) continue;
    std::int64_t all = 0, names = 0;
    for (const ProfileGroup& other : p.groups)
      if (other.activity == g.activity && other.device == g.device && !other.inner) all += other.total_ns, ++names;
    if (names < 2 || share(g.total_ns, all) < long_share || share(g.total_ns, p.duration_ns) < long_of_run) continue;
    hints.push_back(called(g) + " takes " + percent_text(static_cast<double>(g.total_ns), static_cast<double>(all)) +
                    " of the time of all " + std::string(name(g.activity)) + "s (" + count_text(g.calls, "call") +
                    ", " + a_call(g) +
                    "): make this one faster first, by another variant, a smaller type or fewer elements");
  }
}

void tiny_kernels(const Profile& p, Hints& hints) {
  for (const ProfileGroup& g : p.groups)
    if (computes(g) && g.calls >= tiny_calls && g.total_ns / g.calls < tiny_ns &&
        share(g.total_ns, p.duration_ns) >= tiny_of_run)
      hints.push_back(called(g) + " ran " + std::to_string(g.calls) + " times, " + a_call(g) +
                      ": starting it costs as much as its work; give it more at once, fuse it into an expression or "
                      "record a graph");
}

std::vector<Interval> intervals_of(const Profile& p, const auto& wanted) {
  std::vector<Interval> intervals;
  for (const ProfileSpan& span : p.spans)
    if (wanted(p.groups[span.group])) intervals.push_back({span.begin_ns, span.end_ns});
  return merged(std::move(intervals));
}

void lone_transfers(const Profile& p, Hints& hints) {
  const auto transfer = [](const ProfileGroup& g) { return g.activity == Activity::copy && g.from != g.to; };
  const std::vector<Interval> copies = intervals_of(p, transfer), work = intervals_of(p, computes);
  const std::int64_t time = length(copies), beside = overlap(copies, work);
  if (share(time, p.duration_ns) < transfer_of_run || share(beside, time) >= transfer_overlap) return;
  hints.push_back("copies between devices take " + time_text(time) + ", " +
                  percent_text(static_cast<double>(time), static_cast<double>(p.duration_ns)) + " of the run, and " +
                  percent_text(static_cast<double>(beside), static_cast<double>(time)) +
                  " of that passes beside other work: copy from pinned_memory() on a stream of its own, one piece "
                  "ahead, or leave the data on the device");
}

void late_allocation(const Profile& p, Hints& hints) {
  std::int64_t late = 0, all = 0, bytes = 0;
  for (const ProfileSpan& span : p.spans) {
    if (p.groups[span.group].activity != Activity::allocation) continue;
    ++all;
    if (span.begin_ns < p.duration_ns / 2) continue;
    ++late;
    bytes += span.bytes;
  }
  if (late < late_allocations) return;
  hints.push_back(std::to_string(late) + " of " + std::to_string(all) + " allocations past the pools, " +
                  bytes_text(bytes) +
                  ", came in the second half of the run: allocate before the loop, write into "
                  "results that are there, or give the pool room");
}

// Spans that were not kept would look idle.
void idle_devices(const Profile& p, Hints& hints) {
  if (p.not_kept > 0) return;
  const auto busy = [](const ProfileGroup& g) { return g.activity != Activity::wait && g.activity != Activity::range; };
  std::set<Device> devices;
  for (const ProfileGroup& g : p.groups)
    if (busy(g)) devices.insert(g.device);
  for (const Device device : devices) {
    const std::vector<Interval> work =
        intervals_of(p, [&](const ProfileGroup& g) { return g.device == device && busy(g); });
    if (work.empty()) continue;
    const std::int64_t window = work.back().end - work.front().begin, idle = window - length(work);
    if (window < idle_window_ns || share(idle, window) < idle_share) continue;
    hints.push_back(device.name() + " is idle for " +
                    percent_text(static_cast<double>(idle), static_cast<double>(window)) + " of the " +
                    time_text(window) + " between its first and last work (longest gap " +
                    time_text(longest_gap(work)) +
                    "): bring the work sooner, by more of it in flight, larger batches or fewer waits");
  }
}

}  // namespace

std::vector<std::string> profile_hints(const Profile& profile) {
  Hints hints;
  long_kernels(profile, hints);
  tiny_kernels(profile, hints);
  lone_transfers(profile, hints);
  late_allocation(profile, hints);
  idle_devices(profile, hints);
  return hints;
}

}  // namespace fovea
