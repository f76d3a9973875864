#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fovea {

// Tells pictures that look like an earlier one by their perceptual hashes. The first of its kind is an original; what
// differs from an original in at most `distance` bits of 64 is its duplicate. Duplicates have no duplicates, so a chain
// of small steps does not make one group of unlike pictures. Exact: every original is found.
//
// Cost: 32 bytes an original and about 2 KiB; at a million of them a few probes a picture for distances up to 2, some
// sixty up to 5 and some six hundred up to 8. One thread at a time.
class DuplicateFinder {
 public:
  static constexpr int most_bits = 8;

  // Throws Error(invalid_argument) for a distance out of 0 to most_bits.
  explicit DuplicateFinder(int distance = 4);

  // The next picture: the index of the first original that it is a duplicate of, or nothing when it is an original.
  // Throws Error(invalid_argument) unless indexes ascend and stay below 2^32 - 1.
  std::optional<std::int64_t> add(std::int64_t index, std::uint64_t hash);

  std::int64_t originals() const { return static_cast<std::int64_t>(entries_.size()); }

 private:
  // If two hashes differ in d bits, one of three parts differs in at most d / 3. Each part has a table of chains, by as
  // many of its bits as suit the number of entries.
  static constexpr std::size_t parts = 3;
  struct Entry {
    std::uint64_t hash;
    std::uint32_t index;
    std::array<std::uint32_t, parts> next;
  };
  std::uint32_t& head(std::size_t part, std::uint64_t hash, std::uint32_t flipped);
  void link(std::uint32_t entry);
  void resize(int bits);

  int distance_;
  int bits_ = 0;
  std::int64_t last_index_ = -1;
  std::deque<Entry> entries_;  // grows without moving what it has
  std::array<std::vector<std::uint32_t>, parts> heads_;
  std::vector<std::uint32_t> flips_;  // every choice of at most distance / 3 of the bits
};

struct Duplicate {
  std::int64_t index = 0;
  std::string path;
  int distance = 0;  // bits in which it differs from the original
};
struct DuplicateGroup {
  std::int64_t index = 0;  // of the original
  std::string path;
  std::vector<Duplicate> duplicates;  // by index, at least one
};
struct DuplicateReport {
  std::int64_t pictures = 0;           // with a hash
  std::vector<DuplicateGroup> groups;  // by index
};

// The groups among the rows of a finished JSONL file that `fovea stats` wrote. The same file gives the same groups,
// however often its run was interrupted. Paths are the exact bytes. Takes some fifty bytes a row, and what the
// duplicates' paths need. Throws Error: those of opening and reading, invalid_argument for the distance, corrupt or
// limit_bytes (above 16 MiB) with the number of the line.
DuplicateReport find_duplicates(const std::filesystem::path& rows, int distance = 4);

}  // namespace fovea
