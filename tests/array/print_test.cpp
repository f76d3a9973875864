#include "fovea/print.h"

#include <gtest/gtest.h>

#include "array/golden_lines.h"
#include "array/shape.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

// NumPy's text: tests/data/make_array.py.
TEST(Print, AsNumPy) {
  std::ifstream file(test::test_data("array/print.txt"));
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    const auto w = test::words(line);
    ASSERT_EQ(w.size(), 11u) << line;
    const DType dtype = parse_dtype(w[0]);
    const Shape shape = test::numbers(w[1]);
    const Array array =
        w[2] == "count" ? Array::arange(extent_product(shape)).reshape(shape) : test::from_hex(w[3], shape, dtype);
    PrintOptions options;
    options.precision = std::stoi(w[4]);
    options.threshold = std::stoll(w[5]);
    options.edgeitems = std::stoll(w[6]);
    options.linewidth = std::stoll(w[7]);
    options.suppress = w[8] == "1";
    options.separator = w[9];
    std::replace(options.separator.begin(), options.separator.end(), '_', ' ');
    std::string expected;
    for (int i = 0; i < std::stoi(w[10]); ++i) {
      std::string row;
      std::getline(file, row);
      expected += (i == 0 ? "" : "\n") + row;
    }
    EXPECT_EQ(to_string(array, options), expected) << line.substr(0, 200);
  }
  EXPECT_GT(cases, 800);
}

TEST(Print, Views) {
  const Array array = Array::arange(6).reshape({2, 3});
  EXPECT_EQ(to_string(array.transpose()), "[[0 3]\n [1 4]\n [2 5]]");
  EXPECT_EQ(to_string(array.slice(1, {.step = -2})), "[[2 0]\n [5 3]]");
  EXPECT_EQ(to_string(Array::ones({1}).broadcast({2, 2})), "[[1. 1.]\n [1. 1.]]");
  EXPECT_EQ(to_string(Array()), "[]");
}

// bfloat16 has 8 bits: 0.1 is 0.10009765625, and 0.1 is the shortest that rounds to it.
TEST(Print, BrainFloats) {
  EXPECT_EQ(to_string(Array::full({2}, 0.1, DType::bf16)), "[0.1 0.1]");
  EXPECT_EQ(to_string(Array::full({1}, 3.14159, DType::bf16)), "[3.14]");
}

// A sum over the shown elements only: the rest is not even read.
TEST(Print, HugeArraysAreCheap) {
  const Array array = Array::full({1}, 3).broadcast({std::int64_t{1} << 40, std::int64_t{1} << 10});
  const std::string text = to_string(array);
  EXPECT_EQ(text.substr(0, text.find('\n')), "[[3 3 3 ... 3 3 3]");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
}

TEST(Print, Refusals) {
  const Array array = Array::ones({2});
  const auto with = [&](auto set) {
    PrintOptions options;
    set(options);
    return [&array, options] { (void)to_string(array, options); };
  };
  expect_error(Errc::invalid_argument, "precision from 0", with([](auto& o) { o.precision = -1; }));
  expect_error(Errc::invalid_argument, "got 1001", with([](auto& o) { o.precision = 1001; }));
  expect_error(Errc::invalid_argument, "threshold", with([](auto& o) { o.threshold = -1; }));
  expect_error(Errc::invalid_argument, "edgeitems", with([](auto& o) { o.edgeitems = -1; }));
  expect_error(Errc::invalid_argument, "linewidth", with([](auto& o) { o.linewidth = -1; }));
  int there = 0;
  expect_error(Errc::invalid_argument, "cuda:0; use to(Device::cpu())",
               [&] { (void)to_string(Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda())); });
}

}  // namespace
}  // namespace fovea
