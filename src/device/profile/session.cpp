#include "device/profile/session.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <tuple>

namespace fovea::profiler {
namespace {

constexpr auto write_every = std::chrono::milliseconds(100);

std::int64_t checked(const ProfileOptions& options) {
  if (options.most_spans < 0)
    throw Error(Errc::invalid_argument,
                "profile: expected most_spans of at least 0, got " + std::to_string(options.most_spans));
  return options.most_spans;
}

std::int64_t median(std::vector<std::int64_t>& times) {
  if (times.empty()) return 0;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  if (times.size() % 2 == 1) return *middle;
  const std::int64_t below = *std::max_element(times.begin(), middle);
  return below + (*middle - below) / 2;
}

auto order(const ProfileGroup& g) {
  return std::tuple(g.activity, g.device, g.inner, -g.total_ns, g.name, g.from, g.to);
}

using Key = std::tuple<Activity, Device, Device, Device, bool, std::string>;
Key key(const auto& group) {
  return {group.activity, group.device, group.from, group.to, group.inner, group.name};
}

// Adds a thread's counts to those of all threads.
void add_to(ProfileGroup& sum, const Group& g, std::int64_t calls) {
  sum.activity = g.activity;
  sum.device = g.device;
  sum.from = g.from;
  sum.to = g.to;
  sum.inner = g.inner;
  sum.name = g.name;
  sum.min_ns = sum.calls == 0 ? g.shortest.load() : std::min(sum.min_ns, g.shortest.load());
  sum.max_ns = std::max(sum.max_ns, g.longest.load());
  sum.calls += calls;
  sum.total_ns += g.total.load();
  sum.bytes += g.bytes.load();
}

}  // namespace

Session::Session(std::uint64_t number, const ProfileOptions& options)
    : number_(number), budget_(checked(options)), start_ns_(now()) {
  if (options.trace.empty()) return;
  trace_.emplace(options.trace, options.most_trace_bytes);
  trace_->flush();
  writer_ = std::jthread([this](const std::stop_token& end) { write_until(end); });
}

SpanBuffer& Session::join(std::shared_ptr<Gate> gate) {
  const std::lock_guard lock(mutex_);
  const auto thread = static_cast<std::int64_t>(members_.size()) + 1;
  return members_.emplace_back(std::move(gate), budget_, thread).buffer;
}

bool Session::tell_device_times(std::string how, std::function<void()> at_end) {
  const std::lock_guard lock(mutex_);
  if (device_times_ended_) return false;
  device_times_ = std::move(how);
  device_times_end_ = std::move(at_end);
  return true;
}

void Session::end_device_times() {
  std::function<void()> at_end;
  {
    const std::lock_guard lock(mutex_);
    device_times_ended_ = true;
    at_end = std::move(device_times_end_);
  }
  if (at_end) at_end();
}

void Session::write_until(const std::stop_token& end) {
  std::mutex unshared;
  std::unique_lock lock(unshared);
  std::condition_variable_any ended;
  while (!end.stop_requested()) {
    ended.wait_for(lock, end, write_every, [] { return false; });
    trace_new_spans();
  }
}

void Session::trace_new_spans() {
  std::size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    count = members_.size();
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex_);
    Member& member = members_[i];
    lock.unlock();
    member.buffer.read(member.traced, [&](const Kept& span) {
      trace_->add({span.group->activity, span.group->device, span.group->name, span.track, span.begin - start_ns_,
                   span.end - start_ns_, span.bytes});
    });
  }
  trace_->flush();
}

Profile Session::finish(std::int64_t end_ns, std::int64_t lost) {
  for (const Member& member : members_)
    while (member.gate->busy.load()) std::this_thread::yield();
  Profile profile;
  profile.not_kept = lost;
  profile.device_times = device_times_;
  profile.duration_ns = end_ns - start_ns_;
  if (trace_) {
    writer_.request_stop();
    writer_.join();
    trace_new_spans();
  }
  collect(profile);
  if (trace_) {
    trace_->finish(profile.duration_ns, profile.not_kept);
    profile.not_traced = trace_->left_out();
    profile.trace_error = trace_->error();
  }
  return profile;
}

void Session::collect(Profile& profile) const {
  std::map<Key, ProfileGroup> sums;
  for (const Member& member : members_) {
    profile.not_kept += member.buffer.not_kept();
    for (const Group* g = member.buffer.groups(); g != nullptr; g = g->next)
      if (const std::int64_t calls = g->calls.load(); calls > 0) add_to(sums[key(*g)], *g, calls);
  }
  for (const auto& [unused, sum] : sums) profile.groups.push_back(sum);
  std::sort(profile.groups.begin(), profile.groups.end(),
            [](const ProfileGroup& a, const ProfileGroup& b) { return order(a) < order(b); });

  std::map<Key, std::size_t> places;
  for (std::size_t i = 0; i < profile.groups.size(); ++i) places[key(profile.groups[i])] = i;
  std::vector<std::vector<std::int64_t>> times(profile.groups.size());
  for (const Member& member : members_) {
    std::map<const Group*, std::size_t> place;
    for (const Group* g = member.buffer.groups(); g != nullptr; g = g->next)
      if (g->calls.load() > 0) place[g] = places.at(key(*g));
    SpanBuffer::Cursor cursor;
    member.buffer.read(cursor, [&](const Kept& span) {
      const std::size_t group = place.at(span.group);
      times[group].push_back(span.end - span.begin);
      profile.spans.push_back({group, span.track, span.begin - start_ns_, span.end - start_ns_, span.bytes});
    });
  }
  for (std::size_t i = 0; i < times.size(); ++i) profile.groups[i].median_ns = median(times[i]);
  std::stable_sort(profile.spans.begin(), profile.spans.end(),
                   [](const ProfileSpan& a, const ProfileSpan& b) { return a.begin_ns < b.begin_ns; });
}

}  // namespace fovea::profiler
