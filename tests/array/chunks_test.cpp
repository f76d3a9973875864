#include "fovea/chunks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

#include "base/threads.h"
#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;

std::vector<std::int64_t> sizes(std::int64_t extent, std::int64_t parts) {
  std::vector<std::int64_t> all;
  for (const Range& range : chunks(extent, parts)) all.push_back(range.size());
  return all;
}

// numpy.array_split's sizes.
TEST(Chunks, AsArraySplit) {
  using Sizes = std::vector<std::int64_t>;
  EXPECT_EQ(sizes(10, 3), (Sizes{4, 3, 3}));
  EXPECT_EQ(sizes(8, 3), (Sizes{3, 3, 2}));
  EXPECT_EQ(sizes(2, 4), (Sizes{1, 1, 0, 0}));
  EXPECT_EQ(sizes(0, 2), (Sizes{0, 0}));
  EXPECT_EQ(sizes(6, 1), (Sizes{6}));
  EXPECT_EQ(chunks(10, 3)[1], (Range{4, 7}));
  constexpr std::int64_t high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(chunks(high, 2)[1].end, high);
  const Array array = Array::arange(20).reshape({4, 5});
  const auto parts = array_split(array, 2, -1);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].shape(), (Shape{4, 3}));
  EXPECT_EQ(parts[1][3][0].item<std::int64_t>(), 18);
  EXPECT_EQ(array_split(array, 3)[2].shape(), (Shape{1, 5}));
  expect_error(Errc::invalid_argument, "1 part or more, got 0", [] { (void)chunks(3, 0); });
  expect_error(Errc::invalid_argument, "0 or more, got -1", [] { (void)chunks(-1, 3); });
  expect_error(Errc::invalid_argument, "axis below 2, got 2", [&] { (void)array_split(array, 2, 2); });
  expect_error(Errc::invalid_argument, "axis below 0", [] { (void)array_split(Array::full({}, 1), 2); });
}

std::int64_t total(const Array& part) {
  const Array own = part.copy();
  const auto values = own.span<const std::int64_t>();
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

TEST(MapReduce, SumsEveryRowOnce) {
  const Array array = Array::arange(3 * 1001).reshape({1001, 3});
  for (std::int64_t rows : {1, 2, 7, 500, 1001, 5000})
    EXPECT_EQ(parallel_map_reduce(
                  array, rows, [](const Array& part, std::int64_t) { return total(part); }, std::plus<>()),
              3003 * 3002 / 2)
        << rows;
}

// The tree of combine() as text: for 5 chunks ((0 1)(2 3))4, on any number of threads.
TEST(MapReduce, OneTree) {
  const Array array = Array::arange(10);
  for (int threads = 1; threads <= 3; ++threads) {
    const ThreadLimit limit(threads);
    const std::string text = parallel_map_reduce(
        array, 2,
        [](const Array& part, std::int64_t index) { return std::to_string(index) + ":" + std::to_string(part.size()); },
        [](const std::string& a, const std::string& b) { return "(" + a + " " + b + ")"; });
    EXPECT_EQ(text, "(((0:2 1:2) (2:2 3:2)) 4:2)");
  }
}

TEST(MapReduce, MoveOnlyResults) {
  const auto result = parallel_map_reduce(
      Array::arange(6), 1, [](const Array& part, std::int64_t) { return std::make_unique<std::int64_t>(total(part)); },
      [](std::unique_ptr<std::int64_t> a, std::unique_ptr<std::int64_t> b) {
        *a += *b;
        return a;
      });
  EXPECT_EQ(*result, 15);
}

TEST(MapReduce, ErrorsNameTheChunk) {
  const Array array = Array::arange(100);
  std::atomic<int> calls{0};
  const auto run = [&](auto fail) {
    (void)parallel_map_reduce(
        array, 1,
        [&](const Array&, std::int64_t index) {
          ++calls;
          if (index >= 7) fail();
          return index;
        },
        std::plus<>());
  };
  expect_error(Errc::corrupt, "parallel_map_reduce: chunk 7: broken",
               [&] { run([] { throw Error(Errc::corrupt, "broken"); }); });
  EXPECT_LT(calls, 50);
  expect_error(Errc::internal, "chunk 7: odd", [&] { run([] { throw std::runtime_error("odd"); }); });
  expect_error(Errc::out_of_memory, "chunk 7: out of memory", [&] { run([] { throw std::bad_alloc(); }); });
  expect_error(Errc::internal, "chunk 7: an exception of no known type", [&] { run([] { throw 5; }); });
  try {
    run([] { throw std::out_of_range("inner"); });
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THROW(std::rethrow_if_nested(error), std::out_of_range);
  }
}

TEST(MapReduce, Refusals) {
  const auto run = [](const Array& array, std::int64_t rows) {
    (void)parallel_map_reduce(
        array, rows, [](const Array&, std::int64_t) { return 0; }, std::plus<>());
  };
  expect_error(Errc::invalid_argument, "1 row or more, got 0", [&] { run(Array::arange(3), 0); });
  expect_error(Errc::invalid_argument, "with rows, got shape [0]", [&] { run(Array::arange(0), 1); });
  expect_error(Errc::invalid_argument, "with rows, got shape []", [&] { run(Array::full({}, 1), 1); });
}

TEST(MapReduce, OverAMap) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "a.npy";
  save_npy(path, Array::arange(1 << 16).reshape({-1, 64}));
  const Array map = map_npy(path).value();
  EXPECT_EQ(parallel_map_reduce(
                map, 100,
                [](const Array& part, std::int64_t) {
                  EXPECT_FALSE(part.writable());
                  return total(part);
                },
                std::plus<>()),
            std::int64_t{65536} * 65535 / 2);
}

}  // namespace
}  // namespace fovea
