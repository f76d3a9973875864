#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fovea/ops.h"

namespace fovea {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

Array values(std::initializer_list<float> list, Shape shape) {
  Array array = Array::empty(std::move(shape), DType::f32);
  std::copy(list.begin(), list.end(), array.span<float>().begin());
  return array;
}

TEST(Activation, ReluAndRelu6Clip) {
  const Array x = values({-inf, -1, -0.0f, 0.5f, 6, 6.5f, inf}, {7});
  const Array relu = ops::apply("relu", {}, {&x, 1}), relu6 = ops::apply("relu6", {}, {&x, 1});
  const float clipped_below[] = {0, 0, 0, 0.5f, 6, 6.5f, inf}, clipped[] = {0, 0, 0, 0.5f, 6, 6, 6};
  for (std::size_t k = 0; k < 7; ++k) {
    EXPECT_EQ(relu.span<float>()[k], clipped_below[k]) << k;
    EXPECT_EQ(relu6.span<float>()[k], clipped[k]) << k;
  }
}

TEST(Activation, NaNStays) {
  const Array x = values({nan}, {1});
  EXPECT_TRUE(std::isnan(ops::apply("relu", {}, {&x, 1}).span<float>()[0]));
  EXPECT_TRUE(std::isnan(ops::apply("relu6", {}, {&x, 1}).span<float>()[0]));
}

TEST(Activation, ConvolutionsClipAfterTheirResidual) {
  // 2 x - 1 plus the residual, by hand.
  const std::vector<Array> in{values({-2, 1, 2, 5}, {1, 1, 2, 2}), values({2}, {1, 1, 1, 1}), values({-1}, {1}),
                              values({1, 1, 2, 2}, {1, 1, 2, 2})};
  const auto results = [&](const char* activation) {
    const Array y = ops::apply("conv2d", {{"activation", std::string(activation)}}, in);
    return std::vector<float>(y.span<float>().begin(), y.span<float>().end());
  };
  EXPECT_EQ(results("none"), (std::vector<float>{-4, 2, 5, 11}));
  EXPECT_EQ(results("relu"), (std::vector<float>{0, 2, 5, 11}));
  EXPECT_EQ(results("relu6"), (std::vector<float>{0, 2, 5, 6}));
}

TEST(Activation, OthersAreRefused) {
  const std::vector<Array> in{values({1}, {1, 1, 1, 1}), values({2}, {1, 1, 1, 1}), values({-1}, {1})};
  EXPECT_THROW(ops::apply("conv2d", {{"activation", std::string("relu7")}}, in), Error);
}

}  // namespace
}  // namespace fovea
