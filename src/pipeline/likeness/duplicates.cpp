#include "fovea/duplicates.h"

#include <bit>
#include <limits>

#include "fovea/error.h"

namespace fovea {
namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr int part_bits = 21, first_bits = 7;
// Entries a head, where the tables double: 24 bytes of an entry and 3 heads of 4 bytes stay within 32.
constexpr std::size_t fullest = 3;

std::vector<std::uint32_t> choices(int bits, int most) {
  std::vector<std::uint32_t> masks{0};
  std::size_t begin = 0;
  for (int size = 1; size <= most; ++size) {
    const std::size_t end = masks.size();
    for (std::size_t k = begin; k < end; ++k)
      for (int bit = std::bit_width(masks[k]); bit < bits; ++bit) masks.push_back(masks[k] | std::uint32_t{1} << bit);
    begin = end;
  }
  return masks;
}

}  // namespace

DuplicateFinder::DuplicateFinder(int distance) : distance_(distance) {
  if (distance < 0 || distance > most_bits)
    throw Error(Errc::invalid_argument, "duplicates: expected a distance from 0 to " + std::to_string(most_bits) +
                                            " bits, got " + std::to_string(distance));
  resize(first_bits);
}

std::uint32_t& DuplicateFinder::head(std::size_t part, std::uint64_t hash, std::uint32_t flipped) {
  const std::uint64_t all = (std::uint64_t{1} << bits_) - 1;
  return heads_[part][(hash >> (part * part_bits) & all) ^ flipped];
}

void DuplicateFinder::link(std::uint32_t entry) {
  for (std::size_t part = 0; part < parts; ++part) {
    std::uint32_t& first = head(part, entries_[entry].hash, 0);
    entries_[entry].next[part] = first;
    first = entry;
  }
}

void DuplicateFinder::resize(int bits) {
  bits_ = bits;
  flips_ = choices(bits, distance_ / static_cast<int>(parts));
  for (auto& heads : heads_) heads.assign(std::size_t{1} << bits, none);
  for (std::size_t entry = 0; entry < entries_.size(); ++entry) link(static_cast<std::uint32_t>(entry));
}

std::optional<std::int64_t> DuplicateFinder::add(std::int64_t index, std::uint64_t hash) {
  if (index <= last_index_ || index >= none)
    throw Error(Errc::invalid_argument, "duplicates: expected an index above " + std::to_string(last_index_) +
                                            " and below 2^32 - 1, got " + std::to_string(index));
  last_index_ = index;
  std::uint32_t found = none;
  for (std::size_t part = 0; part < parts; ++part)
    for (const std::uint32_t flipped : flips_)
      for (std::uint32_t at = head(part, hash, flipped); at != none; at = entries_[at].next[part])
        if (at < found && std::popcount(entries_[at].hash ^ hash) <= distance_) found = at;
  if (found != none) return entries_[found].index;
  if (entries_.size() == fullest << bits_ && bits_ < part_bits) resize(bits_ + 1);
  entries_.push_back({hash, static_cast<std::uint32_t>(index), {}});
  link(static_cast<std::uint32_t>(entries_.size() - 1));
  return std::nullopt;
}

}  // namespace fovea
