#include "ops/prepare/byte_taps.h"

#include <gtest/gtest.h>

#include <random>

namespace fovea::ops {
namespace {

// Three digits are the coefficient, and each fits into a signed byte.
TEST(ByteTaps, DigitsAreTheCoefficient) {
  std::mt19937 random(1);
  const int most = 2 << Taps::fixed_bits;
  std::vector<std::int32_t> values{0, 1, -1, 127, 128, -128, -129, 1 << 22, (1 << 22) - 1, -(1 << 22), 32768, 32767};
  for (int i = 0; i < 10000; ++i) values.push_back(static_cast<std::int32_t>(random() % unsigned(most)) - most / 2);
  for (const std::int32_t k : values) {
    const auto digit = digits_of(k);
    EXPECT_EQ(digit[2] * 65536 + digit[1] * 256 + digit[0], k);
  }
}

TEST(ByteTaps, GroupsCoverAllPlacesInOrderAndWindowsHoldTheirTaps) {
  for (const auto& [in, out] :
       {std::pair<Index, Index>{500, 341}, {1000, 341}, {2000, 341}, {4000, 341}, {20000, 341}, {30, 341}, {341, 341}})
    for (const Index channels : {1, 3, 4})
      for (const char* filter : {"bilinear", "lanczos", "nearest"}) {
        const Taps taps = make_taps(in, out, 58, 224, filter);
        const AcrossTaps across(taps, channels);
        Index next = 0;
        for (std::size_t g = 0; g < across.groups.size(); ++g) {
          const AcrossTaps::Group& group = across.groups[g];
          EXPECT_EQ(group.first, next);
          next = g + 1 < across.groups.size() ? across.groups[g + 1].first : 224;
          EXPECT_GT(next, group.first);
          EXPECT_LE(next - group.first, across.places);
          for (Index o = group.first; o < next; ++o)
            for (Index c = 0; c < channels; ++c)
              for (Index t = 0; t < 4; ++t) {
                const Index at = (c * across.places + o - group.first) * 4 + t;
                const Index window = group.window[group.second >> at & 1];
                EXPECT_LT(across.picks[g].byte[at], 64);
                EXPECT_EQ(window + across.picks[g].byte[at],
                          (taps.first[static_cast<std::size_t>(o)] + t) * channels + c);
              }
        }
        EXPECT_EQ(next, 224);
      }
}

}  // namespace
}  // namespace fovea::ops
