#include <gtest/gtest.h>

#include "base/half.h"
#include "fovea/ops.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

Array floats(std::initializer_list<float> list, Shape shape) {
  Array array = Array::empty(std::move(shape), DType::f32);
  std::copy(list.begin(), list.end(), array.span<float>().begin());
  return array;
}

Array halves(DType type, std::initializer_list<float> list, Shape shape) {
  Array array = Array::empty(std::move(shape), type);
  auto* to = reinterpret_cast<std::uint16_t*>(array.data());
  for (const float value : list) *to++ = type == DType::bf16 ? f32_to_bf16(value) : f32_to_f16(value);
  return array;
}

float first(const Array& array) {
  const std::uint16_t bits = *reinterpret_cast<const std::uint16_t*>(array.data());
  return array.dtype() == DType::bf16 ? bf16_to_f32(bits) : f16_to_f32(bits);
}

// 256 + 1 + 1 is 258 when it is rounded once to bf16's 8 bits; rounded after each term it would stay 256. The bias of
// 1/2 would be lost with a rounding before it: 258.5 + 1 = 259.5 rounds to 260.
TEST(Conv2dTypes, SumsAreRoundedOnce) {
  const std::vector<Array> in{halves(DType::bf16, {256, 1, 1}, {1, 3, 1, 1}),
                              halves(DType::bf16, {1, 1, 1}, {1, 3, 1, 1})};
  const Array y = ops::apply("conv2d", {}, in);
  EXPECT_EQ(y.dtype(), DType::bf16);
  EXPECT_EQ(first(y), 258);
  std::vector<Array> more = in;
  more.push_back(floats({0.5f}, {1}));
  more.push_back(halves(DType::bf16, {1}, {1, 1, 1, 1}));
  EXPECT_EQ(first(ops::apply("conv2d", {}, more)), 260);
}

TEST(Conv2dTypes, F16KeepsElevenBits) {
  const std::vector<Array> in{halves(DType::f16, {2048, 1, 1}, {1, 3, 1, 1}),
                              halves(DType::f16, {1, 1, 1}, {1, 3, 1, 1})};
  EXPECT_EQ(first(ops::apply("conv2d", {}, in)), 2050);
}

TEST(Conv2dTypes, MixedTypesAreRefusedByName) {
  const Array x = halves(DType::bf16, {1}, {1, 1, 1, 1}), half_bias = halves(DType::bf16, {0}, {1});
  const Array single = floats({1}, {1, 1, 1, 1}), bias = floats({0}, {1});
  const auto refused = [](std::vector<Array> in, const std::string& said) {
    test::expect_error(Errc::invalid_argument, said, [&] { ops::apply("conv2d", {}, in); });
  };
  refused({x, single}, "expected weight bf16");
  refused({single, x}, "expected weight f32");
  refused({x, x, half_bias}, "expected bias f32");
  refused({single, single, half_bias}, "expected bias f32");
  refused({x, x, bias, single}, "expected residual bf16");
  const std::vector<Array> integers(2, Array::zeros({1, 1, 1, 1}, DType::i32));
  test::expect_error(Errc::unsupported, "f16, bf16, f32", [&] { ops::apply("conv2d", {}, integers); });
}

}  // namespace
}  // namespace fovea
