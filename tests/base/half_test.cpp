#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/sha256.h"

namespace fovea {
namespace {

template <class T>
std::string digest(const std::vector<T>& values) {
  return sha256_hex(std::as_bytes(std::span(values)));
}

float no_nan(float value) {
  return std::isnan(value) ? 0.0f : value;
}

std::vector<float> floats(std::uint32_t step, std::uint32_t start, std::uint32_t mask) {
  std::vector<float> values;
  for (std::uint32_t i = 0; i < 65536; ++i) values.push_back(no_nan(std::bit_cast<float>((i * step + start) & mask)));
  return values;
}
std::vector<float> near_ties(std::uint32_t step, std::uint32_t start, std::uint32_t mask, std::uint32_t tie) {
  std::vector<float> values;
  for (std::uint32_t place : {tie - 1, tie, tie + 1})
    for (float value : floats(step, start + place, mask)) values.push_back(value);
  return values;
}

template <class Convert>
std::string converted(const std::vector<float>& values, Convert convert) {
  std::vector<std::uint16_t> result;
  for (float value : values) result.push_back(convert(value));
  return digest(result);
}

// The digests are those of NumPy and PyTorch: tests/data/make_half.py.
TEST(Half, AllSixteenBitPatterns) {
  std::vector<float> half, brain;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    half.push_back(no_nan(f16_to_f32(static_cast<std::uint16_t>(i))));
    brain.push_back(no_nan(bf16_to_f32(static_cast<std::uint16_t>(i))));
  }
  EXPECT_EQ(digest(half), "faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd");
  EXPECT_EQ(digest(brain), "2950e27364395060b01ae85b45dd15a2ab8891f6ee8b0af2b541dbda5524d0b4");
}

TEST(Half, FromFloatOverAllExponents) {
  const std::vector<float> wide = floats(65537, 0, 0xFFFFFFFFu);
  EXPECT_EQ(converted(wide, f32_to_f16), "d8d34be94f8aafa582cc63ed143accf7525ecb29960d3fd8fce339aac035bdc4");
  EXPECT_EQ(converted(wide, f32_to_bf16), "b19a21c33de51041b140c9823b531c67fd9ca1f9347fe4992b795dfece0e7d45");
}

TEST(Half, FromFloatNearTies) {
  EXPECT_EQ(converted(near_ties(0x2000, 0x33000000, 0x7FFFFFFFu, 0x1000), f32_to_f16),
            "a8e9245a88b35d98371933a8c1d68a53d8ff5941eab9b582d4c61d00dc6a260d");
  EXPECT_EQ(converted(near_ties(0x10000, 0, 0xFFFFFFFFu, 0x8000), f32_to_bf16),
            "e9eca16b938ac9d11fa76a523985c4eaede3036d235fe7f378ff2e37cd32d890");
}

TEST(Half, KnownValues) {
  EXPECT_EQ(f32_to_f16(1.0f), 0x3C00);
  EXPECT_EQ(f32_to_f16(65504.0f), 0x7BFF);
  EXPECT_EQ(f32_to_f16(65519.996f), 0x7BFF);
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7C00);
  EXPECT_EQ(f32_to_f16(0x1p-24f), 0x0001);
  EXPECT_EQ(f32_to_f16(0x1p-25f), 0x0000);  // a tie, to even
  EXPECT_EQ(f32_to_f16(-0.0f), 0x8000);
  EXPECT_EQ(f32_to_bf16(1.0f), 0x3F80);
  EXPECT_EQ(f32_to_bf16(std::numeric_limits<float>::max()), 0x7F80);
}

TEST(Half, NanStaysNan) {
  for (std::uint32_t bits : {0x7FC00000u, 0x7F800001u, 0xFF800001u, 0xFFFFFFFFu}) {
    const float nan = std::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(f16_to_f32(f32_to_f16(nan)))) << std::hex << bits;
    EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(nan)))) << std::hex << bits;
  }
}

}  // namespace
}  // namespace fovea
