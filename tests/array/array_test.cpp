#include "fovea/array.h"

#include <gtest/gtest.h>

#include <numeric>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

Array counting(Shape shape) {
  std::int64_t size = 1;
  for (std::int64_t extent : shape) size *= extent;
  std::vector<std::int32_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), 0);
  return Array::of<std::int32_t>(values, std::move(shape));
}
std::vector<std::int32_t> values(const Array& array) {
  const Array copy = array.copy();
  const auto span = copy.span<std::int32_t>();
  return {span.begin(), span.end()};
}
using Values = std::vector<std::int32_t>;

TEST(DType, SizesAndNames) {
  const std::vector<std::pair<std::string, std::size_t>> expected{{"bool", 1}, {"u8", 1},  {"i8", 1},  {"u16", 2},
                                                                  {"i16", 2},  {"i32", 4}, {"i64", 8}, {"f16", 2},
                                                                  {"bf16", 2}, {"f32", 4}, {"f64", 8}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(name(static_cast<DType>(i)), expected[i].first);
    EXPECT_EQ(size_of(static_cast<DType>(i)), expected[i].second);
  }
}

TEST(Array, ShapeText) {
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Shape{2, 3}), "[2, 3]");
}

TEST(Array, Kinds) {
  EXPECT_EQ(Array().size(), 0);
  EXPECT_TRUE(Array().span<float>().empty());
  const Array scalar = Array::zeros({}, DType::f32);
  EXPECT_EQ(scalar.size(), 1);
  EXPECT_EQ(scalar.span<float>()[0], 0.0f);
  const Array none = Array::empty({3, 0, 2}, DType::f64);
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(none.contiguous());
  EXPECT_TRUE(none.copy().span<double>().empty());
  EXPECT_EQ(counting({2, 3, 4}).strides(), (Shape{12, 4, 1}));
}

TEST(Array, BadShapes) {
  const std::int64_t big = std::int64_t{1} << 32;
  expect_error(Errc::invalid_argument, "[2, -1]", [] { Array::empty({2, -1}, DType::u8); });
  expect_error(Errc::invalid_argument, "2^63", [&] { Array::empty({big, big}, DType::u8); });
  expect_error(Errc::invalid_argument, "2^63", [&] { Array::empty({big, big, 0}, DType::u8); });
  expect_error(Errc::invalid_argument, "2^63", [&] { Array::empty({big, big / 4}, DType::i64); });
  expect_error(Errc::out_of_memory, "host memory", [&] { Array::empty({big, big / 4}, DType::u8); });
  expect_error(Errc::invalid_argument, "expected 6 values, got 2", [] {
    Array::of<float>(std::vector<float>{1, 2}, {2, 3});
  });
  expect_error(Errc::invalid_argument, "null", [] { Array::borrow(nullptr, {2}, DType::u8, nullptr); });
}

TEST(Array, CopiesShareAndCopyDoesNot) {
  Array array = counting({3});
  const Array shared = array, own = array.copy();
  array.span<std::int32_t>()[0] = 9;
  EXPECT_EQ(values(shared), (Values{9, 1, 2}));
  EXPECT_EQ(values(own), (Values{0, 1, 2}));
}

TEST(Array, MemoryIsGivenBack) {
  const auto memory = std::make_shared<StatisticsMemory>(host_memory());
  Array part;
  {
    const Array array = Array::zeros({100}, DType::f32, memory);
    part = array.slice(0, {90, Slice::none});
  }
  EXPECT_EQ(memory->statistics().in_use, 400u);
  part = Array();
  EXPECT_EQ(memory->statistics().in_use, 0u);
}

TEST(Array, BorrowKeepsTheOwner) {
  auto owner = std::make_shared<std::vector<std::int32_t>>(Values{1, 2, 3, 4});
  const std::weak_ptr<void> watch = owner;
  Array array = Array::borrow(owner->data(), {2, 2}, DType::i32, owner);
  owner.reset();
  EXPECT_EQ(values(array), (Values{1, 2, 3, 4}));
  array = Array();
  EXPECT_TRUE(watch.expired());
}

TEST(Array, Index) {
  const Array array = counting({2, 3});
  EXPECT_EQ(values(array[1]), (Values{3, 4, 5}));
  EXPECT_EQ(values(array[-2]), (Values{0, 1, 2}));
  EXPECT_EQ(values(array[1][2]), (Values{5}));
  expect_error(Errc::invalid_argument, "index below 2, got 2", [&] { array[2]; });
  expect_error(Errc::invalid_argument, "got -3", [&] { array[-3]; });
  expect_error(Errc::invalid_argument, "without axes", [&] { array[0][0][0]; });
}

TEST(Array, Reshape) {
  const Array array = counting({2, 3, 4});
  EXPECT_EQ(array.reshape({4, -1}).shape(), (Shape{4, 6}));
  EXPECT_EQ(array.reshape({24}).data(), array.data());
  EXPECT_EQ(Array::empty({0, 4}, DType::u8).reshape({2, -1}).shape(), (Shape{2, 0}));
  EXPECT_EQ(counting({1}).reshape({}).ndim(), 0);
  for (const Shape& bad : {Shape{5, 5}, {5, -1}, {-1, -1}, {-2, -12}, {0, -1}, {}, {std::int64_t{1} << 62, 16}, {-3}})
    expect_error(Errc::invalid_argument, "Array::reshape", [&] { array.reshape(bad); });
  expect_error(Errc::invalid_argument, "copy() it first", [&] { array.transpose().reshape({24}); });
  expect_error(Errc::invalid_argument, "Array::reshape", [] { Array::empty({0}, DType::u8).reshape({0, -1}); });
}

// np.arange(24).reshape(2, 3, 4) with its axes moved.
TEST(Array, Transpose) {
  const Array array = counting({2, 3, 4});
  EXPECT_EQ(array.transpose().shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(values(array.transpose()),
            (Values{0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23}));
  const std::vector<int> axes{2, 0, 1};
  EXPECT_EQ(values(array.transpose(axes)),
            (Values{0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}));
  EXPECT_EQ(values(array.transpose(std::vector<int>{-1, 0, -2})), values(array.transpose(axes)));
  EXPECT_FALSE(array.transpose().contiguous());
  EXPECT_TRUE(counting({1, 5}).transpose().contiguous());
  for (const std::vector<int>& bad : {std::vector<int>{0, 1}, {0, 1, 1}, {0, 1, 3}, {0, 1, -2}, {-4, 0, 1}})
    expect_error(Errc::invalid_argument, "Array::transpose", [&] { array.transpose(bad); });
}

// np.arange(60).reshape(3, 4, 5)[::-1, 1::2, 4:1:-2], and the same with each size of element.
TEST(Array, CopyOfNestedSlices) {
  const auto part = [](const Array& a) {
    return a.slice(0, {Slice::none, Slice::none, -1}).slice(1, {1, Slice::none, 2}).slice(2, {4, 1, -2});
  };
  const Values expected{49, 47, 59, 57, 29, 27, 39, 37, 9, 7, 19, 17};
  EXPECT_EQ(part(counting({3, 4, 5})).shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(values(part(counting({3, 4, 5}))), expected);
  const auto check = [&]<class T>(T) {
    std::vector<T> all(60);
    std::iota(all.begin(), all.end(), T{0});
    const Array copy = part(Array::of<T>(all, {3, 4, 5})).copy();
    const std::span<T> got = copy.template span<T>();
    EXPECT_TRUE(std::equal(got.begin(), got.end(), expected.begin(), expected.end()));
  };
  check(std::uint8_t{});
  check(std::int16_t{});
  check(double{});
}

TEST(Array, CopyOfWholeRows) {
  EXPECT_EQ(values(counting({3, 2, 2}).slice(0, {Slice::none, Slice::none, -2})), (Values{8, 9, 10, 11, 0, 1, 2, 3}));
  EXPECT_EQ(values(counting({2, 4}).slice(1, {1, 3})), (Values{1, 2, 5, 6}));
}

TEST(Array, SpanIsChecked) {
  const Array array = counting({2, 3});
  expect_error(Errc::invalid_argument, "expected i32 elements, got a span of f32", [&] { array.span<float>(); });
  expect_error(Errc::invalid_argument, "copy() it first", [&] { array.transpose().span<std::int32_t>(); });
  int there = 0;
  const Array elsewhere = Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda(1));
  expect_error(Errc::invalid_argument, "cuda:1", [&] { elsewhere.span<std::int32_t>(); });
  expect_error(Errc::invalid_argument, "cuda:1; use to(Device::cpu())", [&] { (void)elsewhere.copy(); });
}

}  // namespace
}  // namespace fovea
