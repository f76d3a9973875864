#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>

namespace fovea {

// The blocks that segments of memory are divided into: which are in use, which are free and for whom. A free block is
// in a lane: everybody's, or that of a stream, until the stream has passed the ticket with which the block was freed.
// Neighbours that are free in one lane are one block. Not thread-safe; touches no byte, but poisons free ones of the
// host under the address sanitizer.
class BestFit {
 public:
  using Lane = std::uint64_t;
  static constexpr Lane everybody = 0;
  static constexpr std::size_t unit = 256;  // bytes: places and sizes of blocks are multiples of it
  static constexpr std::size_t rounded(std::size_t bytes) { return (bytes + unit - 1) / unit * unit; }

  explicit BestFit(bool on_host) : on_host_(on_host) {}

  struct Segment {
    std::byte* at;
    std::size_t bytes;  // a multiple of the unit
  };
  void add(Segment);
  // The smallest free block of the lane or everybody that has room, the lowest of its size; null when there is none.
  // May throw std::bad_alloc, and then nothing has changed.
  std::byte* take(std::size_t bytes, Lane);
  // False when there is no such block in use.
  bool give(void* pointer, Lane, std::uint64_t ticket) noexcept;
  // Blocks of the lane with tickets up to this one become everybody's.
  void settle(Lane, std::uint64_t ticket) noexcept;
  // Takes out the wholly free segment that was for everybody and in use least recently.
  std::optional<Segment> remove_oldest() noexcept;

  std::size_t in_use() const { return in_use_bytes_; }  // bytes
  std::size_t cached() const { return cached_bytes_; }
  std::size_t segments() const { return segments_; }
  std::size_t largest_free() const;

 private:
  struct Key {
    Lane lane;
    std::size_t bytes;
    std::byte* at;
    auto operator<=>(const Key&) const = default;
  };
  struct Block : Key {
    std::uint64_t ticket = 0;
    std::uint64_t freed = 0;  // when, in blocks given
    bool in_use = false;
    mutable const Block *before = nullptr, *after = nullptr;  // neighbours in the segment
    bool whole() const { return before == nullptr && after == nullptr; }
  };
  struct Order {
    using is_transparent = void;
    bool operator()(const Key& a, const Key& b) const { return a < b; }
  };
  // A block is a node of the set, outside of it while in use: freeing allocates nothing, and blocks stay where they
  // are.
  using Free = std::set<Block, Order>;

  Free::iterator smallest(Lane, std::size_t bytes) const;
  void put(Free::node_type) noexcept;
  void absorb(Block& block, const Block& neighbour) noexcept;

  const bool on_host_;
  Free free_;
  std::unordered_map<const void*, Free::node_type> in_use_;
  std::size_t in_use_bytes_ = 0, cached_bytes_ = 0, segments_ = 0;
  std::uint64_t gives_ = 0;
};

}  // namespace fovea
