#include <gtest/gtest.h>

#include "array/golden_lines.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

// NumPy's choice between a view and a copy, and the view's strides: tests/data/make_array.py.
TEST(Views, ReshapeAsNumPy) {
  std::ifstream file(test::test_data("array/reshape.txt"));
  int lines = 0, views = 0;
  const Array base = Array::arange(120).reshape({2, 3, 4, 5});
  for (std::string line; std::getline(file, line); ++lines) {
    const auto w = test::words(line);
    const auto order = test::numbers(w[0]), steps = test::numbers(w[1]);
    Array view = base.transpose(std::vector<int>(order.begin(), order.end()));
    for (int axis = 0; axis < 4; ++axis) view = view.slice(axis, {.step = steps[static_cast<std::size_t>(axis)]});
    const Shape shape = test::numbers(w[2]);
    if (w[3] == "copy") {
      expect_error(Errc::invalid_argument, "copy() it first", [&] { (void)view.reshape(shape); });
      continue;
    }
    ++views;
    const Array got = view.reshape(shape);
    const auto strides = test::numbers(w[3]);
    for (std::size_t k = 0; k < shape.size(); ++k)
      if (shape[k] != 1) {
        EXPECT_EQ(got.strides()[k], strides[k]) << line;
      }
    EXPECT_EQ(test::hex(got), test::hex(view)) << line;
  }
  EXPECT_GT(lines, 200);
  EXPECT_GT(views, 50);
}

TEST(Views, ReshapeOfRepeatedAndEmpty) {
  const Array repeated = Array::ones({1}).broadcast({4, 6});
  EXPECT_EQ(repeated.reshape({24}).strides(), (Shape{0}));
  EXPECT_FALSE(repeated.reshape({24}).writable());
  const Array strided = Array::arange(8).slice(0, {.step = 2});
  EXPECT_EQ(strided.reshape({2, -1}).strides(), (Shape{4, 2}));
  EXPECT_EQ(strided.reshape({1, 4, 1, 1}).shape(), (Shape{1, 4, 1, 1}));
  EXPECT_EQ(strided.slice(0, {1, 2}).reshape({}).item<std::int64_t>(), 2);
  EXPECT_EQ(Array::empty({0, 3}, DType::u8).transpose().reshape({5, 0}).size(), 0);
}

TEST(Views, SqueezeAndExpand) {
  const Array array = Array::arange(6).reshape({1, 2, 1, 3});
  EXPECT_EQ(array.squeeze().shape(), (Shape{2, 3}));
  EXPECT_EQ(array.squeeze(std::vector<int>{-2}).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(array.squeeze(std::vector<int>{0, 2}).data(), array.data());
  EXPECT_EQ(Array::ones({1, 1}).squeeze().ndim(), 0);
  EXPECT_EQ(array.squeeze().expand_dims(0).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(array.squeeze().expand_dims(-1).shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(array.squeeze().expand_dims(2).shape(), (Shape{2, 3, 1}));
  EXPECT_TRUE(array.squeeze().transpose().expand_dims(1).reshape({3, 2}).strides() == (Shape{1, 3}));
  expect_error(Errc::invalid_argument, "extent 1, got axis 1", [&] { (void)array.squeeze(std::vector<int>{1}); });
  expect_error(Errc::invalid_argument, "twice", [&] { (void)array.squeeze(std::vector<int>{0, -4}); });
  expect_error(Errc::invalid_argument, "an axis below 4", [&] { (void)array.squeeze(std::vector<int>{4}); });
  expect_error(Errc::invalid_argument, "at most 4, got 5", [&] { (void)array.expand_dims(5); });
  expect_error(Errc::invalid_argument, "got -6", [&] { (void)array.expand_dims(-6); });
}

TEST(Views, PartsOfComplexNumbers) {
  using C = std::complex<float>;
  const std::vector<C> all{{1, 2}, {3, 4}, {5, 6}, {7, 8}};
  const Array array = Array::of<C>(all, {2, 2});
  EXPECT_EQ(array.real().dtype(), DType::f32);
  EXPECT_EQ(array.imag().strides(), (Shape{4, 2}));
  const Array parts = array.transpose().imag().copy();
  const auto got = parts.span<const float>();
  EXPECT_EQ(std::vector<float>(got.begin(), got.end()), (std::vector<float>{2, 6, 4, 8}));
  array.real()[1][0].span<float>()[0] = 50;
  EXPECT_EQ(array.span<const C>()[2], C(50, 6));
  EXPECT_EQ(Array::ones({2}).real().dtype(), DType::f64);
  EXPECT_EQ(Array::zeros({0}, DType::c128).imag().dtype(), DType::f64);
  expect_error(Errc::invalid_argument, "c64 or c128, got f64", [] { (void)Array::ones({2}).imag(); });
}

TEST(Views, Writable) {
  const Array array = Array::arange(4);
  EXPECT_TRUE(array.writable());
  const Array fixed = array.read_only();
  for (const Array& view : {fixed, fixed[0], fixed.slice(0, {1}), fixed.reshape({2, 2}), fixed.transpose(),
                            fixed.broadcast({1, 4}), fixed.expand_dims(0), array.broadcast({2, 4})})
    EXPECT_FALSE(view.writable());
  EXPECT_TRUE(array.broadcast({1, 4}).writable());
  EXPECT_TRUE(fixed.copy().writable());
  EXPECT_TRUE(array.writable());
  EXPECT_EQ(fixed.span<const std::int64_t>()[3], 3);
  expect_error(Errc::invalid_argument, "for reading only", [&] { (void)fixed.span<std::int64_t>(); });
}

// Positions past 2^31 elements and 2^32 bytes, on a view that repeats one element: no memory.
TEST(Views, IndicesPastTwoToThe31) {
  const std::int64_t rows = std::int64_t{3} << 30, columns = std::int64_t{5} << 20;
  std::int32_t value = 7;
  const Array one = Array::borrow(&value, {1, 1}, DType::i32, nullptr);
  const Array huge = one.broadcast({rows, columns});
  EXPECT_EQ(huge.size(), rows * columns);
  EXPECT_EQ(huge[rows - 1][-columns].item<std::int32_t>(), 7);
  EXPECT_EQ(huge.slice(0, {-3, Slice::none}).shape(), (Shape{3, columns}));
  EXPECT_EQ(huge.slice(1, {columns, Slice::none, -1}).shape(), (Shape{rows, columns}));
  EXPECT_EQ(huge.reshape({-1}).shape(), (Shape{rows * columns}));
  EXPECT_EQ(huge.reshape({columns, rows}).transpose().shape(), (Shape{rows, columns}));
}

// Addresses of a borrowed array are computed, not followed.
TEST(Views, OffsetsPastTwoToThe32Bytes) {
  const std::int64_t rows = std::int64_t{1} << 33;
  std::byte* const base = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 30);
  const Array array = Array::borrow(base, {rows, 3}, DType::f64, nullptr);
  EXPECT_EQ(array[rows - 1].data() - base, (rows - 1) * 24);
  EXPECT_EQ(array.slice(0, {Slice::none, Slice::none, -5}).data() - base, (rows - 1) * 24);
  EXPECT_EQ(array.slice(0, {rows / 2}).transpose()[2].data() - base, rows / 2 * 24 + 16);
  EXPECT_EQ(array.reshape({3, rows})[-1].data() - base, 2 * rows * 8);
}

}  // namespace
}  // namespace fovea
