#pragma once
#include <gtest/gtest.h>

#include <string>

#include "support/our_coefficients.h"

namespace fovea::test {

inline void expect_equal(const Coefficients& ours, const Coefficients& wanted, const std::string& what) {
  EXPECT_EQ(ours.width, wanted.width) << what;
  EXPECT_EQ(ours.height, wanted.height) << what;
  ASSERT_EQ(ours.components.size(), wanted.components.size()) << what;
  for (std::size_t c = 0; c < wanted.components.size(); ++c) {
    EXPECT_EQ(ours.components[c].across, wanted.components[c].across) << what << " of " << c;
    EXPECT_EQ(ours.components[c].down, wanted.components[c].down) << what << " of " << c;
    EXPECT_EQ(ours.components[c].blocks, wanted.components[c].blocks) << what << " of " << c;
    EXPECT_EQ(ours.components[c].quantization, wanted.components[c].quantization) << what << " of " << c;
  }
}

// That the file is ours, and its coefficients are libjpeg-turbo's.
inline void expect_ours(const std::string& file, const std::string& what) {
  codec::jpeg::CoefficientReader reader;
  const auto ours = our_coefficients(file, reader), wanted = libjpeg_coefficients(file);
  ASSERT_TRUE(wanted) << what;
  ASSERT_TRUE(ours) << what;
  expect_equal(*ours, *wanted, what);
}

// The first coefficient of each block.
inline std::vector<std::int16_t> dcs_of(const std::vector<std::int16_t>& blocks) {
  std::vector<std::int16_t> dcs;
  for (std::size_t i = 0; i < blocks.size(); i += 64) dcs.push_back(blocks[i]);
  return dcs;
}

}  // namespace fovea::test
