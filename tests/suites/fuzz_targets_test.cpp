// A short run of each fuzz target of tests/fuzz/: its seeds, then bytes changed at random, the same ones each time.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"
#include "support/test_data.h"

#define X(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets_leaves.inc"
#undef X

namespace fovea {
namespace {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

constexpr Target targets[] = {
#define X(name) {#name, fuzz_##name},
#include "fuzz_targets_leaves.inc"
#undef X
};

constexpr int inputs = 10000;
constexpr std::size_t most_bytes = 4096;

std::vector<std::string> seeds(const char* target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(test::test_data(target))) files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::vector<std::string> all;
  for (const auto& file : files) all.push_back(test::read_text(file));
  return all;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    std::string bytes = seeds_[below(seeds_.size())];
    for (std::size_t left = 1 + below(4); left > 0; --left) change(bytes);
    bytes.resize(std::min(bytes.size(), most_bytes));
    return bytes;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }

  void change(std::string& bytes) {
    if (bytes.empty()) bytes.push_back('\0');
    const std::size_t at = below(bytes.size()), count = std::min(1 + below(16), bytes.size() - at);
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.erase(at, count);
        break;
      case 3:
        bytes.insert(at, bytes.substr(below(bytes.size()), count));
        break;
      case 4:
        bytes.resize(at);
        break;
      default: {  // the head of one seed, the tail of another
        const std::string& other = seeds_[below(seeds_.size())];
        bytes = bytes.substr(0, at) + other.substr(std::min(at, other.size()));
      }
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937 random_{1};
};

class FuzzTargets : public testing::TestWithParam<Target> {};

TEST_P(FuzzTargets, TakeSeedsAndChangedSeeds) {
  const std::vector<std::string> begun_with = seeds(GetParam().name);
  ASSERT_FALSE(begun_with.empty());
  const test::TemporaryDirectory folder;  // outlives a target that traps, with the bytes that it trapped on
  const std::filesystem::path last = folder.write(GetParam().name, "");
  const Descriptor file(::open(last.c_str(), O_WRONLY | O_CLOEXEC));
  const auto run = [&](const std::string& bytes) {
    ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(bytes.size())), 0);
    ASSERT_EQ(::pwrite(file.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    const std::vector<std::uint8_t> block(bytes.begin(), bytes.end());  // no more than these may be read
    EXPECT_EQ(GetParam().run(block.data(), block.size()), 0) << last;
  };
  for (const std::string& bytes : begun_with) run(bytes);
  Mutator mutator(begun_with);
  for (int i = 0; i < inputs; ++i) run(mutator.next());
}

INSTANTIATE_TEST_SUITE_P(All, FuzzTargets, testing::ValuesIn(targets),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace fovea
