#include <gtest/gtest.h>

#include "fovea/ops.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using ops::Params;

template <class T>
Array of(std::initializer_list<int> list, Shape shape) {
  Array array = Array::empty(std::move(shape), DTypeOf<T>::value);
  T* to = reinterpret_cast<T*>(array.data());
  for (const int value : list) *to++ = static_cast<T>(value);
  return array;
}
Array u8(std::initializer_list<int> list, Shape shape) {
  return of<std::uint8_t>(list, std::move(shape));
}
Array i8(std::initializer_list<int> list, Shape shape) {
  return of<std::int8_t>(list, std::move(shape));
}
Array f32(std::initializer_list<float> list) {
  Array array = Array::empty({static_cast<std::int64_t>(list.size())}, DType::f32);
  std::copy(list.begin(), list.end(), array.span<float>().begin());
  return array;
}

template <class T>
std::vector<int> values(const Array& array) {
  const T* from = reinterpret_cast<const T*>(array.data());
  return {from, from + array.size()};
}

// One channel, 1x1 weight 3: (3 x + bias) scale by hand.
TEST(Conv2dInt8, RoundsTiesToEvenAndClips) {
  const Array x = u8({0, 1, 2, 3, 100, 255}, {1, 1, 2, 3}), w = i8({3}, {1, 1, 1, 1});
  // (3x + 1) / 2: 0.5, 2, 3.5, 5, 150.5, 383
  EXPECT_EQ(values<std::uint8_t>(ops::apply("conv2d_int8", {}, std::vector<Array>{x, w, f32({1}), f32({0.5f})})),
            (std::vector<int>{0, 2, 4, 5, 150, 255}));
  // (3x - 10) / 2: -5, -3.5, -2, -0.5, 145, 377.5
  const std::vector<Array> shifted{x, w, f32({-10}), f32({0.5f})};
  EXPECT_EQ(values<std::uint8_t>(ops::apply("conv2d_int8", {}, shifted)), (std::vector<int>{0, 0, 0, 0, 145, 255}));
  const Array with_sign = ops::apply("conv2d_int8", {{"dtype", std::string("i8")}}, shifted);
  EXPECT_EQ(with_sign.dtype(), DType::i8);
  EXPECT_EQ(values<std::int8_t>(with_sign), (std::vector<int>{-5, -4, -2, 0, 127, 127}));
}

// 255 * 127 + 255 * 127 is past i16, where some instructions without VNNI would clip it.
TEST(Conv2dInt8, SumsAreExact) {
  const Array x = u8({255, 255, 255, 255}, {1, 4, 1, 1}), w = i8({127, 127, 127, -127}, {1, 4, 1, 1});
  EXPECT_EQ(values<std::uint8_t>(ops::apply("conv2d_int8", {}, std::vector<Array>{x, w, f32({0}), f32({1.0f / 512})})),
            (std::vector<int>{127}));  // 2 * 255 * 127 / 512 = 126.504
}

TEST(Conv2dInt8, AddsAScaledResidualOfEitherSign) {
  const Array x = u8({10, 20}, {1, 1, 1, 2}), w = i8({-1}, {1, 1, 1, 1});
  std::vector<Array> in{x, w, f32({0}), f32({1}), i8({-100, 100}, {1, 1, 1, 2})};
  const Params half{{"residual_scale", 0.5}, {"dtype", std::string("i8")}};
  EXPECT_EQ(values<std::int8_t>(ops::apply("conv2d_int8", half, in)), (std::vector<int>{-60, 30}));
  in[4] = u8({200, 255}, {1, 1, 1, 2});
  EXPECT_EQ(values<std::int8_t>(ops::apply("conv2d_int8", half, in)), (std::vector<int>{90, 108}));  // 107.5
}

TEST(Conv2dInt8, StrangeOperandsAreRefused) {
  const Array x = u8({1}, {1, 1, 1, 1}), w = i8({1}, {1, 1, 1, 1}), one = f32({1});
  const auto refused = [](const std::vector<Array>& in, const std::string& said) {
    test::expect_error(Errc::invalid_argument, said, [&] { ops::apply("conv2d_int8", {}, in); });
  };
  refused({x, x, one, one}, "weight i8");
  refused({Array::zeros({1, 1, 1, 1}, DType::f32), w, one, one}, "expected x u8 or i8");
  refused({x, w, f32({1, 2}), one}, "expected bias and scale f32[1]");
  refused({x, w, one, w}, "expected bias and scale f32[1]");
  refused({x, w, one, one, Array::zeros({1, 1, 1, 1}, DType::f32)}, "expected residual u8 or i8");
  refused({x, i8({1, 1}, {1, 2, 1, 1}), one, one}, "channels that fit");
}

TEST(Quantize, PicturesBecomeTheirBytesAgain) {
  // Two channels whose pixels p were stored as (p / 255 - mean) / std.
  const float mean[2] = {0.485f, 0.5f}, std[2] = {0.229f, 0.25f};
  Array x = Array::empty({1, 2, 1, 256}, DType::f32);
  for (int c = 0; c < 2; ++c)
    for (int p = 0; p < 256; ++p)
      x.span<float>()[static_cast<std::size_t>(c * 256 + p)] = (static_cast<float>(p) / 255 - mean[c]) / std[c];
  const Array y = ops::apply(
      "quantize", {}, std::vector<Array>{x, f32({255 * std[0], 255 * std[1]}), f32({255 * mean[0], 255 * mean[1]})});
  const std::vector<int> got = values<std::uint8_t>(y);
  for (int k = 0; k < 512; ++k) ASSERT_EQ(got[static_cast<std::size_t>(k)], k % 256) << k;
}

TEST(Quantize, PadsWithWhatZeroBecomesAndClips) {
  Array x = Array::empty({1, 1, 1, 2}, DType::f32);
  x.span<float>()[0] = -1000, x.span<float>()[1] = 1000;
  const Array y =
      ops::apply("quantize", {{"padding", std::int64_t{1}}}, std::vector<Array>{x, f32({1}), f32({123.675f})});
  EXPECT_EQ(y.shape(), (Shape{1, 1, 3, 4}));
  EXPECT_EQ(values<std::uint8_t>(y), (std::vector<int>{124, 124, 124, 124, 124, 0, 255, 124, 124, 124, 124, 124}));
  test::expect_error(Errc::invalid_argument, "expected scale and zero f32[1]", [&] {
    ops::apply("quantize", {}, std::vector<Array>{x, f32({1, 2}), f32({0})});
  });
}

}  // namespace
}  // namespace fovea
