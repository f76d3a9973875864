#include "array/convert.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"

namespace fovea {
namespace {

std::vector<float> floats(const Array& array) {
  const Array converted = to_f32(array);
  const auto span = converted.span<float>();
  return {span.begin(), span.end()};
}
template <class T>
Array of(std::vector<T> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Array::of<T>(values, {count});
}
Array bits(DType dtype, std::vector<std::uint16_t> values) {
  auto owner = std::make_shared<std::vector<std::uint16_t>>(std::move(values));
  return Array::borrow(owner->data(), {static_cast<std::int64_t>(owner->size())}, dtype, owner);
}
using Floats = std::vector<float>;

TEST(Convert, EachType) {
  EXPECT_EQ(floats(of<std::uint8_t>({0, 255})), (Floats{0, 255}));
  EXPECT_EQ(floats(of<std::int8_t>({-128, 127})), (Floats{-128, 127}));
  EXPECT_EQ(floats(of<std::uint16_t>({0, 65535})), (Floats{0, 65535}));
  EXPECT_EQ(floats(of<std::int16_t>({-32768, 32767})), (Floats{-32768, 32767}));
  EXPECT_EQ(floats(of<std::int32_t>({-5, 16777217})), (Floats{-5, 16777216}));  // the nearest f32, ties to even
  EXPECT_EQ(floats(of<std::int64_t>({-1, std::int64_t{1} << 40})), (Floats{-1, 0x1p40f}));
  EXPECT_EQ(floats(of<double>({0.1, -2.5, 1e300})), (Floats{0.1f, -2.5f, INFINITY}));
  EXPECT_EQ(floats(bits(DType::f16, {0x3C00, 0xC100, 0x0001, 0x7C00})), (Floats{1, -2.5f, 0x1p-24f, INFINITY}));
  EXPECT_EQ(floats(bits(DType::bf16, {0x3F80, 0xC020, 0x0001})), (Floats{1, -2.5f, 0x1p-133f}));
  bool truths[] = {true, false};
  EXPECT_EQ(floats(Array::borrow(truths, {2}, DType::boolean, nullptr)), (Floats{1, 0}));
}

TEST(Convert, FloatsAreShared) {
  const Array array = of<float>({1, 2});
  EXPECT_EQ(to_f32(array).data(), array.data());
}

TEST(Convert, StridesAndShape) {
  const Array array = of<std::uint8_t>({0, 1, 2, 3, 4, 5}).reshape({2, 3});
  EXPECT_EQ(to_f32(array.transpose()).shape(), (Shape{3, 2}));
  EXPECT_EQ(floats(array.transpose()), (Floats{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(floats(of<float>({1, 2, 3}).slice(0, {Slice::none, Slice::none, -1})), (Floats{3, 2, 1}));
  EXPECT_EQ(to_f32(Array::empty({0, 3}, DType::i64)).shape(), (Shape{0, 3}));
}

TEST(Convert, LargeArraysOnAllThreads) {
  std::vector<std::uint16_t> values(300000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint16_t>(i * 7);
  const Array converted = to_f32(of<std::uint16_t>(values));
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(converted.span<float>()[i], values[i]);
}

TEST(Convert, HostOnly) {
  int there = 0;
  test::expect_error(Errc::invalid_argument, "cuda:0; use to(Device::cpu())",
                     [&] { to_f32(Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda())); });
}

}  // namespace
}  // namespace fovea
