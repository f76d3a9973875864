#pragma once
#include <atomic>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>

#include "device/profiler.h"

namespace fovea::profiler {

// Spans that may still be kept, shared by the threads of a recording.
class SpanBudget {
 public:
  explicit SpanBudget(std::int64_t spans) : left_(spans) {}
  std::int64_t take(std::int64_t wanted) noexcept;  // how many of them there are

 private:
  std::atomic<std::int64_t> left_;
};

// What one thread has recorded of one name. One thread writes, any may read.
struct Group {
  Group(const Subject&, const Group* next);
  bool is(const Subject&) const;
  void add(std::int64_t ns, std::int64_t more_bytes) noexcept;

  const Activity activity;
  const Device device, from, to;
  const bool inner;
  const std::string name;
  const Group* const next;
  std::atomic<std::int64_t> calls{0}, total{0}, longest{0}, bytes{0};
  std::atomic<std::int64_t> shortest{std::numeric_limits<std::int64_t>::max()};
};

struct Kept {
  const Group* group;
  std::int64_t begin, end, bytes, track;
};

// The spans of one thread. Its thread adds; another may read meanwhile, and sees all that was added before some point.
class SpanBuffer {
 public:
  SpanBuffer(SpanBudget& budget, std::int64_t thread) : budget_(budget), thread_(thread) {}

  void add(const Timed&) noexcept;

  // The rest is for readers.
  class Cursor {
    friend class SpanBuffer;
    const void* chunk_ = nullptr;
    std::size_t at_ = 0;
  };
  template <class Take>
  void read(Cursor&, const Take& take) const;  // take(const Kept&) for the spans since the cursor was here
  const Group* groups() const { return groups_.load(std::memory_order_acquire); }
  std::int64_t not_kept() const { return not_kept_.load(std::memory_order_relaxed); }
  std::int64_t thread() const { return thread_; }

 private:
  struct Chunk {
    explicit Chunk(std::size_t room) : spans(std::make_unique_for_overwrite<Kept[]>(room)), size(room) {}
    const std::unique_ptr<Kept[]> spans;
    const std::size_t size;
    std::atomic<std::size_t> used{0};
    std::atomic<const Chunk*> next{nullptr};
  };
  Group& group(const Subject&);
  bool make_room();

  SpanBudget& budget_;
  const std::int64_t thread_;
  std::deque<Group> owned_groups_;
  std::unordered_multimap<std::size_t, Group*> by_hash_;
  std::deque<Chunk> chunks_;
  std::atomic<const Group*> groups_{nullptr};  // the last; lists the others
  std::atomic<const Chunk*> first_{nullptr};
  std::atomic<std::int64_t> not_kept_{0};
};

template <class Take>
void SpanBuffer::read(Cursor& cursor, const Take& take) const {
  auto* chunk = static_cast<const Chunk*>(cursor.chunk_);
  if (chunk == nullptr) chunk = first_.load(std::memory_order_acquire);
  while (chunk != nullptr) {
    const std::size_t used = chunk->used.load(std::memory_order_acquire);
    for (; cursor.at_ < used; ++cursor.at_) take(chunk->spans[cursor.at_]);
    cursor.chunk_ = chunk;
    if (used < chunk->size) return;
    chunk = chunk->next.load(std::memory_order_acquire);
    if (chunk != nullptr) cursor.at_ = 0;
  }
}

}  // namespace fovea::profiler
