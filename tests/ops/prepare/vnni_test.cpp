#include "ops/prepare/vnni.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ops/op.h"
#include "ops/prepare_image.h"

namespace fovea::ops {
namespace {

bool here() {
  PrepareImage p;
  const std::vector<TensorSpec> specs{{DType::u8, {8, 8, 3}}};
  const Call call{&p, specs, {}};
  for (const Row& row : registry().rows())
    if (row.op == "prepare_image" && row.variant == "vnni") return row.supports(call);
  return false;
}

// The tables are there for what rounds otherwise, not for ImageNet's values.
TEST(PrepareVnni, UsualNormalisationsNeedNoTable) {
#if defined(__x86_64__)
  if (!here()) GTEST_SKIP() << "no AVX-512 VNNI";
  const PrepareImage p;
  for (const auto& [mean, std] : {std::pair{p.mean, p.std},
                                  {std::vector<double>{0.5, 0.5, 0.5}, std::vector<double>{0.5, 0.5, 0.5}},
                                  {std::vector<double>{0, 0, 0}, std::vector<double>{1, 1, 1}},
                                  {std::vector<double>{0.48145466, 0.4578275, 0.40821073},
                                   std::vector<double>{0.26862954, 0.26130258, 0.27577711}}})
    for (const Normalization& n : normalizations(mean, std)) EXPECT_TRUE(vnni::normalizes(n)) << n.mean;
#else
  GTEST_SKIP() << "another processor";
#endif
}

TEST(PrepareVnni, ATableThatDiffersIsNoticed) {
#if defined(__x86_64__)
  if (!here()) GTEST_SKIP() << "no AVX-512 VNNI";
  Normalization n = normalizations(std::vector{0.485}, std::vector{0.229})[0];
  for (const int value : {0, 1, 128, 255}) {
    Normalization other = n;
    other.table[value] = std::nextafter(other.table[value], 9.0f);
    EXPECT_FALSE(vnni::normalizes(other)) << value;
  }
#else
  GTEST_SKIP() << "another processor";
#endif
}

}  // namespace
}  // namespace fovea::ops
