#include "ops/cuda/byte_lines.h"

#include <gtest/gtest.h>

#include <memory>

#include "fovea/linalg.h"
#include "suites/op_cases.h"

namespace fovea {
namespace {

using ops::TensorSpec;

bool takes(DType a_type, const Shape& a, DType b_type, const Shape& b) {
  const TensorSpec specs[] = {{a_type, a}, {b_type, b}};
  return ops::multiplies_bytes(specs);
}

TEST(ByteLines, AreForSignedBytesInGroupsOfFour) {
  EXPECT_TRUE(takes(DType::i8, {3, 8}, DType::i8, {8, 4}));
  EXPECT_TRUE(takes(DType::i8, {8}, DType::i8, {2, 8, 4}));
  EXPECT_FALSE(takes(DType::i8, {3, 6}, DType::i8, {6, 4}));
  EXPECT_FALSE(takes(DType::i8, {3, 8}, DType::i8, {8, 6}));
  EXPECT_FALSE(takes(DType::i8, {3, 8}, DType::i8, {8}));
  EXPECT_FALSE(takes(DType::u8, {3, 8}, DType::i8, {8, 4}));
  EXPECT_FALSE(takes(DType::i8, {3, 8}, DType::u8, {8, 4}));
  EXPECT_FALSE(takes(DType::i32, {3, 8}, DType::i32, {8, 4}));
}

// The lines of a matrix [lines, k] as they are handed on, against the elements of the array.
void expect_lines(const Array& matrix, bool in_place, const std::string& what) {
  SCOPED_TRACE(what);
  const Index lines = matrix.shape()[0], k = matrix.shape()[1];
  // On the heap: g++ 12 under a sanitizer takes the copy's absence for a value that was never set.
  const auto laid =
      std::make_unique<ops::cpu::ByteLines>(Queue{}, matrix.data(), lines, k, matrix.strides()[0], matrix.strides()[1]);
  const auto* at = static_cast<const std::uint8_t*>(laid->at(0));
  EXPECT_EQ(static_cast<const void*>(at) == matrix.data(), in_place);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 4, 0u);
  EXPECT_EQ(laid->apart(at) % 4, 0);
  EXPECT_GE(laid->apart(at), k);
  const Array dense = matrix.copy();
  for (Index line = 0; line < lines; ++line)
    for (Index term = 0; term < k; ++term)
      ASSERT_EQ(at[line * laid->apart(at) + term], static_cast<std::uint8_t>(dense.data()[line * k + term]));
}

TEST(ByteLines, AreTheOperandWhereItLiesSoElseACopy) {
  const Array x = test::random_array({12, 16}, DType::i8, 1);
  expect_lines(x, true, "dense");
  expect_lines(x.slice(1, {.stop = 8}), true, "lines further apart");
  expect_lines(x.slice(0, {.step = 2}), true, "every other line");
  expect_lines(x.slice(1, {.start = 4}), true, "an address of a multiple of 4");
  expect_lines(x.slice(1, {.start = 1, .stop = 9}), false, "an odd address");
  expect_lines(x.transpose(), false, "transposed");
  expect_lines(x.slice(1, {.step = -1}), false, "terms backwards");
  expect_lines(x.slice(0, {.step = -1}), false, "lines backwards");
  expect_lines(x.slice(1, {.step = 2}), false, "terms apart");
  expect_lines(x.slice(0, {.stop = 1}).broadcast({8, 16}), false, "one line repeated");
  expect_lines(x.slice(0, {.stop = 1}), true, "one line");
  const Array odd = test::random_array({4, 18}, DType::i8, 2);
  expect_lines(odd.slice(1, {.stop = 16}), false, "a distance of no multiple of 4");
}

// Matrices of a batch may lie differently: the second one here starts at an odd address.
TEST(ByteLines, AreLookedAtForEachMatrix) {
  const Array x = test::random_array({2, 5, 12}, DType::i8, 3);
  const auto laid = std::make_unique<ops::cpu::ByteLines>(Queue{}, x.data(), 4, 8, 12, 1);
  for (const Index offset : {Index{0}, Index{13}, Index{24}}) {
    const auto* at = static_cast<const std::uint8_t*>(laid->at(offset));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 4, 0u) << offset;
    for (Index line = 0; line < 4; ++line)
      for (Index term = 0; term < 8; ++term)
        ASSERT_EQ(at[line * laid->apart(at) + term], static_cast<std::uint8_t>(x.data()[offset + line * 12 + term]));
  }
}

TEST(Matmul, AllowingTf32ChangesNothingOnTheCpu) {
  const Array a = test::random_array({17, 40}, DType::f32, 4), b = test::random_array({40, 9}, DType::f32, 5);
  const Array exact = matmul(a, b), allowed = matmul(a, b, {.allow_tf32 = true});
  EXPECT_TRUE(std::ranges::equal(exact.span<const float>(), allowed.span<const float>()));
}

}  // namespace
}  // namespace fovea
