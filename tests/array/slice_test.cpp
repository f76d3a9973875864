#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "fovea/array.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using test::expect_error;

std::int64_t number(const std::string& text) {
  return text == "-" ? Slice::none : std::stoll(text);
}

// NumPy's answers: tests/data/make_slices.py.
TEST(Slice, AsNumPy) {
  std::ifstream file(test::test_data("array/slices.txt"));
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    std::istringstream fields(line);
    std::string extent, start, stop, step, colon;
    fields >> extent >> start >> stop >> step >> colon;
    std::vector<std::int32_t> expected;
    for (std::int32_t value = 0; fields >> value;) expected.push_back(value);

    std::vector<std::int32_t> all(static_cast<std::size_t>(std::stoi(extent)));
    std::iota(all.begin(), all.end(), 0);
    const Array array = Array::of<std::int32_t>(all, {std::stoi(extent)});
    const Array part = array.slice(0, {number(start), number(stop), number(step)}).copy();
    const auto got = part.span<std::int32_t>();
    EXPECT_EQ(std::vector<std::int32_t>(got.begin(), got.end()), expected) << line;
  }
  EXPECT_EQ(lines, 648);
}

TEST(Slice, ExtremeBounds) {
  const Array array = Array::zeros({4}, DType::u8);
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(array.slice(0, {low + 1, high, 1}).size(), 4);
  EXPECT_EQ(array.slice(0, {high, low + 1, -1}).size(), 4);
  EXPECT_EQ(array.slice(0, {0, 4, high}).size(), 1);
  EXPECT_EQ(array.slice(0, {3, Slice::none, low}).size(), 1);
}

TEST(Slice, Refusals) {
  const Array array = Array::zeros({4, 2}, DType::u8);
  expect_error(Errc::invalid_argument, "a step other than 0", [&] { array.slice(0, {0, 1, 0}); });
  expect_error(Errc::invalid_argument, "an axis below 2, got 2", [&] { array.slice(2, {}); });
  expect_error(Errc::invalid_argument, "got -3", [&] { array.slice(-3, {}); });
  EXPECT_EQ(array.slice(-1, {1}).shape(), (Shape{4, 1}));
  expect_error(Errc::invalid_argument, "an axis below 0", [] { Array::zeros({}, DType::u8).slice(0, {}); });
}

}  // namespace
}  // namespace fovea
