#pragma once
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <limits>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/error.h"
#include "fovea/memory.h"

// Adaptors take memory from an upstream and hand it on: reused, bounded, counted, logged, or refused. They stack in any
// order. All are thread-safe and hold no lock while they call the upstream.
namespace fovea {

// The base of adaptors, of your own too: one take and one give, with the stream if the call was in its order.
class MemoryAdaptor : public Memory {
 public:
  void* allocate(std::size_t bytes) final;
  void deallocate(void* pointer, std::size_t bytes) noexcept final;
  void* allocate_async(std::size_t bytes, const Stream&) final;
  void deallocate_async(void* pointer, std::size_t bytes, const Stream&) noexcept final;
  Device device() const final;

 protected:
  explicit MemoryAdaptor(std::shared_ptr<Memory> upstream);  // throws Error(invalid_argument) for null
  // bytes is not 0 and pointer not null. A null stream: for everybody, at once.
  virtual void* take(std::size_t bytes, const Stream*) = 0;
  virtual void give(void* pointer, std::size_t bytes, const Stream*) noexcept = 0;
  void* take_upstream(std::size_t bytes, const Stream*);
  void give_upstream(void* pointer, std::size_t bytes, const Stream*) noexcept;
  const std::shared_ptr<Memory>& upstream() const { return upstream_; }

 private:
  std::shared_ptr<Memory> upstream_;
};

// In bytes.
struct PoolOptions {
  std::size_t initial = 0;                                        // taken when the pool is made
  std::size_t maximum = std::numeric_limits<std::size_t>::max();  // of all segments
  std::size_t segment = std::size_t{32} << 20;                    // what is taken at once; more for a larger request
  std::size_t keep = std::numeric_limits<std::size_t>::max();     // free bytes beyond which free segments go back
};

// In bytes, and in blocks of the pool: a request is rounded up to 256. in_use + cached is what the upstream gave.
struct PoolStatistics {
  std::size_t in_use = 0, high_water = 0;  // handed out now, and the most ever
  std::size_t cached = 0;                  // free, also when only one stream may have it yet
  std::size_t largest_free = 0;            // the largest free block
  std::size_t segments = 0;
  std::size_t allocations = 0, hits = 0;  // successful ones, and those of them that the upstream was not asked for
  double fragmentation() const;           // 1 - largest_free / cached; 0 when nothing is cached
};

// Hands out blocks of large segments: the smallest free block that fits, split; freed blocks merge with their
// neighbours. The bytes are never touched, so they may be a device's. Logarithmic in the number of free blocks.
//
// A block freed in the order of a stream is at once free for allocations in the order of that stream, and for all
// others when the stream has got there. When no free block fits, the pool takes a segment from the upstream; when that
// refuses, or `maximum` does, it gives free segments back and tries once more, with no more than the request; then it
// waits for streams to get to blocks freed in their order, oldest first; then it throws the upstream's Error, or
// Error(limit_memory). Called from work of a CPU stream it does not wait, which could be for that work itself.
//
// The last owner may let go of the pool while streams are still to pass freed blocks: these segments go back then.
// Blocks in use must not be left. A pointer that is not of the pool is ignored.
class PoolMemory final : public MemoryAdaptor {
 public:
  // Throws Error(invalid_argument) when segment is 0 or initial is above maximum, and the upstream's errors.
  explicit PoolMemory(std::shared_ptr<Memory> upstream, const PoolOptions& = {});
  ~PoolMemory() override;
  PoolStatistics statistics() const;
  // Gives wholly free segments back, those free for longest first, until at most `keep` bytes are cached.
  void trim(std::size_t keep = 0);

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::shared_ptr<State> state_;
};

// Refuses what would take the total above `maximum` bytes, by Error(limit_memory). A block counts until it is given
// back, in whatever order.
class LimitMemory final : public MemoryAdaptor {
 public:
  LimitMemory(std::shared_ptr<Memory> upstream, std::size_t maximum);
  ~LimitMemory() override;

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::unique_ptr<State> state_;
};

// Names what the calling thread allocates while it lives, for StatisticsMemory and TrackingMemory. Tags nest, so they
// must go in the reverse order of their making, on the thread that made them: { MemoryTag a("model"); MemoryTag
// b("conv1"); } allocates under "model/conv1". Work of streams has the tags of its own thread. Costs nothing but the
// name.
class MemoryTag {
 public:
  explicit MemoryTag(std::string_view name, std::source_location where = std::source_location::current());
  ~MemoryTag();
  MemoryTag(const MemoryTag&) = delete;
  MemoryTag& operator=(const MemoryTag&) = delete;

  static const MemoryTag* current();                 // the calling thread's innermost; null outside of any
  const std::string& path() const { return path_; }  // "model/conv1"
  std::source_location where() const { return where_; }

 private:
  std::string path_;
  std::source_location where_;
  const MemoryTag* outer_;
};

struct MemoryStatistics {
  std::size_t in_use = 0, high_water = 0;  // bytes
  std::size_t allocations = 0;             // successful ones since the start
};
// Counts what goes through it.
class StatisticsMemory final : public MemoryAdaptor {
 public:
  explicit StatisticsMemory(std::shared_ptr<Memory> upstream);
  ~StatisticsMemory() override;
  MemoryStatistics statistics() const;
  // By the tag that a block was allocated under, wherever it is given back; "" holds what was under none.
  std::map<std::string, MemoryStatistics> by_tag() const;

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::unique_ptr<State> state_;
};

// Writes a line of CSV for each call, in the columns of RAPIDS' RMM, for its tools: Thread,Time,Action,Pointer,Size,
// Stream. Thread is the system's id, Time local with microseconds, Action "allocate", "allocate failure" or "free",
// Pointer and Stream hexadecimal, 0x0 for none. Lines of one pointer are in the order in which it was handed out.
class LoggingMemory final : public MemoryAdaptor {
 public:
  LoggingMemory(std::shared_ptr<Memory> upstream, std::ostream&);  // which must outlive it
  // Replaces the file. Throws Error(io) when it cannot be opened.
  LoggingMemory(std::shared_ptr<Memory> upstream, const std::filesystem::path&);
  ~LoggingMemory() override;
  // Lines are buffered until then, or the end. Throws Error(io) when one could not be written: memory goes on.
  void flush();

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::unique_ptr<State> state_;
};

struct Leak {
  std::size_t blocks = 0, bytes = 0;  // of one origin
  std::string tag;                    // empty when there was none
  std::string where;                  // file:line of the innermost tag; empty when there was none
  std::vector<std::string> stack;     // the callers, innermost first; addresses for functions that are not exported
};
// Knows every block that was not given back, and where it came from. A microsecond or two an allocation for the stack.
class TrackingMemory final : public MemoryAdaptor {
 public:
  explicit TrackingMemory(std::shared_ptr<Memory> upstream, int stack_frames = 16);  // 0 to 64, or invalid_argument
  ~TrackingMemory() override;
  std::vector<Leak> leaks() const;  // most bytes first
  std::string report() const;       // as text, a line for each and its stack; empty when there is none

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::unique_ptr<State> state_;
};

// Which requests fail, counted from 1. The makers throw Error(invalid_argument) for a number below 1 and a probability
// outside of [0, 1].
class FailurePlan {
 public:
  static FailurePlan once(std::size_t request);
  static FailurePlan from(std::size_t request);  // it and all after it
  static FailurePlan every(std::size_t period);  // each request whose number it divides
  // The same numbers for the same seed, whatever the threads.
  static FailurePlan random(double probability, std::uint64_t seed);
  bool fails(std::size_t request) const;

 private:
  enum class Kind : std::uint8_t { once, from, every, random };
  FailurePlan(Kind kind, std::uint64_t number) : kind_(kind), number_(number) {}
  Kind kind_;
  std::uint64_t number_;  // a request, a period or a seed
  double probability_ = 0;
};
// Fails requests for memory by plan, to test what happens then. Requests for 0 bytes do not count.
class FailingMemory final : public MemoryAdaptor {
 public:
  FailingMemory(std::shared_ptr<Memory> upstream, FailurePlan, Errc code = Errc::out_of_memory);
  ~FailingMemory() override;
  std::size_t requests() const;
  std::size_t failures() const;

 private:
  struct State;
  void* take(std::size_t bytes, const Stream*) override;
  void give(void* pointer, std::size_t bytes, const Stream*) noexcept override;
  std::unique_ptr<State> state_;
};

}  // namespace fovea
