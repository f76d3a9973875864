#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <new>

#include "device/backend.h"
#include "device/best_fit.h"
#include "device/cpu/priority_gate.h"
#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

PoolOptions checked(const PoolOptions& options) {
  if (options.segment == 0) throw Error(Errc::invalid_argument, "pool: expected segments of at least 1 byte, got 0");
  if (options.initial > options.maximum)
    throw Error(Errc::invalid_argument, "pool: expected at first at most the maximum, " +
                                            std::to_string(options.maximum) + " bytes, got " +
                                            std::to_string(options.initial));
  return options;
}

std::size_t rounded_down(std::size_t bytes) {
  return bytes / BestFit::unit * BestFit::unit;
}

// Whether the stream records a graph, which is then asked to call nothing at its end.
bool records(const Stream& stream) {
  std::function<void()> nothing = [] {};
  return stream.backend()->keep_for_recording(nothing);
}

// A point that a stream has to pass before blocks freed with tickets up to its own are everybody's.
struct Point {
  std::uint64_t ticket;
  std::shared_ptr<EventBackend> event;
};
struct StreamLane {
  BestFit::Lane lane = BestFit::everybody;
  std::deque<Point> points;
};

}  // namespace

double PoolStatistics::fragmentation() const {
  return cached == 0 ? 0 : 1 - static_cast<double>(largest_free) / static_cast<double>(cached);
}

struct PoolMemory::State {
  using Lock = std::unique_lock<std::mutex>;
  State(std::shared_ptr<Memory> from, const PoolOptions& how)
      : upstream(std::move(from)), options(how), blocks(upstream->device().kind == Device::Kind::cpu) {}
  ~State();

  void* allocate(std::size_t bytes, const Stream*);
  void deallocate(void* pointer) noexcept;
  void deallocate(void* pointer, const Stream&, std::shared_ptr<EventBackend> passed);
  // The rest is called with the lock held.
  void* fit(std::size_t bytes, const Stream*);
  bool grow(std::size_t bytes, Lock&, std::exception_ptr& refusal);
  bool take_segment(std::size_t bytes, Lock&, std::exception_ptr& refusal);
  bool wait_for_others(std::uint64_t seen, Lock&);
  void release(std::size_t keep, Lock&) noexcept;
  void settle();
  void settle(StreamLane&);
  void tell();

  class Away;
  const std::shared_ptr<Memory> upstream;
  const PoolOptions options;
  std::mutex mutex;
  BestFit blocks;
  std::map<std::weak_ptr<StreamBackend>, StreamLane, std::owner_less<>> lanes;
  BestFit::Lane last_lane = BestFit::everybody;
  std::uint64_t last_ticket = 0;
  std::size_t held = 0;  // bytes of all segments, also those on their way from or to the upstream
  std::size_t high_water = 0, allocations = 0, hits = 0;

  std::condition_variable changed;
  int away = 0;            // threads inside of the upstream
  std::uint64_t news = 0;  // how often a block or a segment was given back, or a segment came
};

// Out of the lock, while the thread is inside of the upstream.
class PoolMemory::State::Away {
 public:
  Away(State& state, Lock& lock) : state_(state), lock_(lock) {
    ++state_.away;
    lock_.unlock();
  }
  ~Away() {
    lock_.lock();
    --state_.away;
    state_.changed.notify_all();
  }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

 private:
  State& state_;
  Lock& lock_;
};

// All points are passed by now.
PoolMemory::State::~State() {
  Lock lock(mutex);
  for (const auto& [stream, entry] : lanes) blocks.settle(entry.lane, last_ticket);
  release(0, lock);
}

void PoolMemory::State::settle(StreamLane& entry) {
  std::uint64_t passed = 0;
  for (; !entry.points.empty() && entry.points.front().event->done(); entry.points.pop_front())
    passed = entry.points.front().ticket;
  if (passed != 0) blocks.settle(entry.lane, passed);
}

void PoolMemory::State::settle() {
  for (auto& [stream, entry] : lanes) settle(entry);
  std::erase_if(lanes, [](const auto& lane) { return lane.first.expired() && lane.second.points.empty(); });
}

void PoolMemory::State::tell() {
  ++news;
  if (away > 0) changed.notify_all();
}

void* PoolMemory::State::fit(std::size_t bytes, const Stream* stream) {
  const auto found = stream ? lanes.find(stream->backend()) : lanes.end();
  return blocks.take(bytes, found == lanes.end() ? BestFit::everybody : found->second.lane);
}

void PoolMemory::State::release(std::size_t keep, Lock& lock) noexcept {
  while (blocks.cached() > keep) {
    const auto segment = blocks.remove_oldest();
    if (!segment) break;
    {
      const Away away_now(*this, lock);
      upstream->deallocate(segment->at, segment->bytes);
    }
    held -= segment->bytes;
    tell();
  }
}

bool PoolMemory::State::take_segment(std::size_t bytes, Lock& lock, std::exception_ptr& refusal) {
  held += bytes;
  void* segment = nullptr;
  try {
    const Away away_now(*this, lock);
    segment = upstream->allocate(bytes);
  } catch (const Error&) {
    held -= bytes;
    refusal = std::current_exception();
    return false;
  } catch (...) {
    held -= bytes;
    throw;
  }
  try {
    blocks.add({static_cast<std::byte*>(segment), bytes});
  } catch (...) {
    {
      const Away away_now(*this, lock);
      upstream->deallocate(segment, bytes);
    }
    held -= bytes;
    throw;
  }
  tell();
  return true;
}

bool PoolMemory::State::grow(std::size_t bytes, Lock& lock, std::exception_ptr& refusal) {
  const auto room = [&] { return rounded_down(options.maximum) - held; };
  refusal = nullptr;
  if (bytes <= room() &&
      take_segment(std::max(bytes, std::min(BestFit::rounded(options.segment), room())), lock, refusal))
    return true;
  release(0, lock);
  return bytes <= room() && take_segment(bytes, lock, refusal);
}

// For what threads inside of the upstream bring, or else for the first point to be passed. False when nothing has
// changed since `seen`, and nothing will.
bool PoolMemory::State::wait_for_others(std::uint64_t seen, Lock& lock) {
  changed.wait(lock, [&] { return news != seen || away == 0; });
  if (news != seen) return true;
  const bool in_work_of_a_stream = gate_level_now != nullptr;
  if (in_work_of_a_stream) return false;
  const Point* first = nullptr;
  for (const auto& [stream, entry] : lanes)
    if (!entry.points.empty() && (!first || entry.points.front().ticket < first->ticket)) first = &entry.points.front();
  if (!first) return false;
  const std::shared_ptr<EventBackend> event = first->event;
  lock.unlock();
  event->wait();
  lock.lock();
  return true;
}

void* PoolMemory::State::allocate(std::size_t bytes, const Stream* stream) {
  if (bytes > rounded_down(options.maximum))
    throw Error(Errc::limit_memory, "pool: expected at most " + std::to_string(options.maximum) +
                                        " bytes, got a request for " + std::to_string(bytes));
  if (stream && records(*stream)) stream = nullptr;  // the graph may be launched anywhere
  Lock lock(mutex);
  void* block = fit(bytes, stream);
  bool hit = true;
  std::exception_ptr refusal;
  for (;; block = fit(bytes, stream)) {
    if (!block) {
      settle();
      block = fit(bytes, stream);
    }
    if (block) break;
    hit = false;
    const std::uint64_t seen = news;
    if (grow(BestFit::rounded(bytes), lock, refusal) || wait_for_others(seen, lock)) continue;
    if (refusal) std::rethrow_exception(refusal);
    throw Error(Errc::limit_memory, "pool: expected at most " + std::to_string(options.maximum - blocks.in_use()) +
                                        " more bytes of " + std::to_string(options.maximum) +
                                        ", in one piece, got a request for " + std::to_string(bytes));
  }
  ++allocations;
  hits += hit;
  high_water = std::max(high_water, blocks.in_use());
  return block;
}

void PoolMemory::State::deallocate(void* pointer) noexcept {
  Lock lock(mutex);
  blocks.give(pointer, BestFit::everybody, 0);
  tell();
  release(options.keep, lock);
}

// May throw, and then nothing has changed.
void PoolMemory::State::deallocate(void* pointer, const Stream& stream, std::shared_ptr<EventBackend> passed) {
  Lock lock(mutex);
  StreamLane& entry = lanes.try_emplace(stream.backend()).first->second;
  if (entry.lane == BestFit::everybody) entry.lane = ++last_lane;
  settle(entry);
  entry.points.push_back({++last_ticket, std::move(passed)});
  blocks.give(pointer, entry.lane, last_ticket);
  tell();
  release(options.keep, lock);
}

PoolMemory::PoolMemory(std::shared_ptr<Memory> from, const PoolOptions& options)
    : MemoryAdaptor(std::move(from)), state_(std::make_shared<State>(upstream(), checked(options))) {
  if (rounded_down(options.initial) == 0) return;
  State::Lock lock(state_->mutex);
  std::exception_ptr refusal;
  if (!state_->take_segment(rounded_down(options.initial), lock, refusal)) std::rethrow_exception(refusal);
}

// What streams may still use stays until they are past it.
PoolMemory::~PoolMemory() {
  for (const auto& [stream, entry] : state_->lanes)
    for (const Point& point : entry.points) {
      try {
        point.event->when_done([state = state_] {});
      } catch (...) {
        point.event->wait();
      }
    }
}

void* PoolMemory::take(std::size_t bytes, const Stream* stream) {
  try {
    return state_->allocate(bytes, stream);
  } catch (const std::bad_alloc&) {
    throw Error(Errc::out_of_memory, "pool: cannot note a block");
  }
}

// A stream that cannot take an event any more (no thread, no memory) is waited for instead.
void PoolMemory::give(void* pointer, std::size_t, const Stream* stream) noexcept {
  if (!stream) return state_->deallocate(pointer);
  try {
    std::function<void()> release = [state = state_, pointer] { state->deallocate(pointer); };
    if (stream->backend()->keep_for_recording(release)) return;
    if (stream->idle()) return state_->deallocate(pointer);
    state_->deallocate(pointer, *stream, stream->backend()->record());
  } catch (...) {
    stream->backend()->settle();
    state_->deallocate(pointer);
  }
}

PoolStatistics PoolMemory::statistics() const {
  const State::Lock lock(state_->mutex);
  state_->settle();
  return {.in_use = state_->blocks.in_use(),
          .high_water = state_->high_water,
          .cached = state_->blocks.cached(),
          .largest_free = state_->blocks.largest_free(),
          .segments = state_->blocks.segments(),
          .allocations = state_->allocations,
          .hits = state_->hits};
}

void PoolMemory::trim(std::size_t keep) {
  State::Lock lock(state_->mutex);
  state_->settle();
  state_->release(keep, lock);
}

}  // namespace fovea
