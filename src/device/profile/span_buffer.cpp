#include "device/profile/span_buffer.h"

#include <algorithm>
#include <new>

namespace fovea::profiler {
namespace {

constexpr std::int64_t chunk_spans = 256;

// Counters have one writer, so they need no locked instruction.
void add_to(std::atomic<std::int64_t>& counter, std::int64_t more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

std::size_t hash_of(const Subject& s) {
  const std::hash<std::string_view> hash;
  const auto mixed = [](std::size_t seed, std::size_t more) { return (seed ^ more) * 0x9E3779B97F4A7C15u; };
  const auto place = [](Device d) {
    return static_cast<std::size_t>(d.kind) << 16 ^ static_cast<std::size_t>(d.index);
  };
  const std::size_t numbers = static_cast<std::size_t>(s.activity) ^ static_cast<std::size_t>(s.inner) << 4 ^
                              place(s.device) << 8 ^ place(s.from) << 28 ^ place(s.to) << 46;
  return mixed(mixed(hash(s.name), hash(s.detail)), numbers);
}

std::string full_name(const Subject& s) {
  if (s.activity == Activity::copy) return s.from.name() + " to " + s.to.name();
  std::string name(s.name);
  if (!s.detail.empty()) (name += '/') += s.detail;
  return name;
}

}  // namespace

std::int64_t SpanBudget::take(std::int64_t wanted) noexcept {
  std::int64_t left = left_.load(std::memory_order_relaxed);
  while (left > 0 && !left_.compare_exchange_weak(left, left - std::min(left, wanted), std::memory_order_relaxed))
    continue;
  return std::min(left, wanted);
}

Group::Group(const Subject& s, const Group* after)
    : activity(s.activity), device(s.device), from(s.from), to(s.to), inner(s.inner), name(full_name(s)), next(after) {}

bool Group::is(const Subject& s) const {
  if (activity != s.activity || inner != s.inner || device != s.device || from != s.from || to != s.to) return false;
  if (activity == Activity::copy) return true;
  const std::size_t head = s.name.size(), tail = s.detail.empty() ? 0 : s.detail.size() + 1;
  return name.size() == head + tail && name.starts_with(s.name) &&
         (tail == 0 || (name[head] == '/' && name.ends_with(s.detail)));
}

void Group::add(std::int64_t ns, std::int64_t more_bytes) noexcept {
  add_to(calls, 1);
  add_to(total, ns);
  add_to(bytes, more_bytes);
  if (ns < shortest.load(std::memory_order_relaxed)) shortest.store(ns, std::memory_order_relaxed);
  if (ns > longest.load(std::memory_order_relaxed)) longest.store(ns, std::memory_order_relaxed);
}

Group& SpanBuffer::group(const Subject& subject) {
  const std::size_t hash = hash_of(subject);
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto at = begin; at != end; ++at)
    if (at->second->is(subject)) return *at->second;
  Group& fresh = owned_groups_.emplace_back(subject, groups_.load(std::memory_order_relaxed));
  groups_.store(&fresh, std::memory_order_release);
  by_hash_.emplace(hash, &fresh);
  return fresh;
}

bool SpanBuffer::make_room() {
  if (!chunks_.empty() && chunks_.back().used.load(std::memory_order_relaxed) < chunks_.back().size) return true;
  const std::int64_t spans = budget_.take(chunk_spans);
  if (spans == 0) return false;
  Chunk* last = chunks_.empty() ? nullptr : &chunks_.back();
  Chunk& fresh = chunks_.emplace_back(static_cast<std::size_t>(spans));
  (last ? last->next : first_).store(&fresh, std::memory_order_release);
  return true;
}

void SpanBuffer::add(const Timed& timed) noexcept {
  try {
    Group& of = group(timed.subject);
    of.add(timed.end_ns - timed.begin_ns, timed.bytes);
    if (!make_room()) return add_to(not_kept_, 1);
    Chunk& chunk = chunks_.back();
    const std::size_t at = chunk.used.load(std::memory_order_relaxed);
    chunk.spans[at] = {&of, timed.begin_ns, timed.end_ns, timed.bytes, timed.track == 0 ? thread_ : timed.track};
    chunk.used.store(at + 1, std::memory_order_release);
  } catch (const std::bad_alloc&) {
    add_to(not_kept_, 1);
  }
}

}  // namespace fovea::profiler
