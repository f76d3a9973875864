#include "fovea/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/threads.h"
#include "fovea/npy.h"
#include "ops/random/philox.h"

namespace fovea {
namespace {

Array golden(const char* name) {
  auto loaded = load_npy(std::string(FOVEA_TEST_DATA_DIR "/order/") + name + ".npy");
  EXPECT_TRUE(loaded) << name;
  return loaded.value();
}

const RandomSource source{0x243F6A8885A308D3u, 7, 5};

// Known answers of Random123's kat_vectors.
TEST(Philox, GivesThePublishedVectors) {
  struct Known {
    ops::Words4 counter;
    std::uint32_t key0, key1;
    ops::Words4 answer;
  };
  const Known known[] = {{{{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
                         {{{~0u, ~0u, ~0u, ~0u}}, ~0u, ~0u, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
                         {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                          0xa4093822,
                          0x299f31d0,
                          {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};
  for (const Known& k : known) {
    const ops::Words4 got = ops::philox4x32(k.counter, k.key0, k.key1);
    for (int w = 0; w < 4; ++w) EXPECT_EQ(got.w[w], k.answer.w[w]);
  }
}

template <class T>
void expect_equal(const Array& got, const Array& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  const auto a = got.span<T>(), b = wanted.span<T>();
  for (std::size_t k = 0; k < a.size(); ++k) ASSERT_EQ(a[k], b[k]) << k;
}

TEST(Random, UniformIsTheDefinitionsStream) {
  expect_equal<float>(random_uniform({200}, 0, 1, DType::f32, source), golden("uniform32"));
  expect_equal<double>(random_uniform({200}, 0, 1, DType::f64, source), golden("uniform64"));
}

TEST(Random, NormalIsTheDefinitionsStream) {
  const Array single = random_normal({200}, 0, 1, DType::f32, source), wanted = golden("normal32");
  for (std::size_t k = 0; k < 200; ++k) {
    const double w = wanted.span<double>()[k];
    EXPECT_NEAR(single.span<float>()[k], w, 4 * 0x1p-24 * std::max(0.5, std::abs(w))) << k;
  }
  const Array twice = random_normal({200}, 0, 1, DType::f64, source), wanted64 = golden("normal64");
  for (std::size_t k = 0; k < 200; ++k) {
    const double w = wanted64.span<double>()[k];
    EXPECT_NEAR(twice.span<double>()[k], w, 4 * 0x1p-53 * std::max(0.5, std::abs(w))) << k;
  }
}

TEST(Random, IntegersAreTheDefinitionsStreamRefusedDrawsIncluded) {
  const std::int64_t narrow = std::int64_t{1} << 24, wide = std::int64_t{1} << 62;
  expect_equal<std::int64_t>(random_integers({3000}, -5, narrow - 6, DType::i64, source), golden("integers_narrow"));
  expect_equal<std::int64_t>(random_integers({200}, -wide - 9, wide + 9, DType::i64, source), golden("integers_wide"));
}

TEST(Random, APieceOfAStreamIsThatPiece) {
  for (const std::int64_t offset : {0, 1, 2, 3, 4, 1021, 4099}) {
    const Array whole = random_normal({6000}, 2, 3, DType::f32, {9}),
                piece = random_normal({1111}, 2, 3, DType::f32, {9, 0, offset});
    for (std::int64_t k = 0; k < 1111; ++k)
      ASSERT_EQ(piece.span<float>()[static_cast<std::size_t>(k)],
                whole.span<float>()[static_cast<std::size_t>(offset + k)]);
  }
}

TEST(Random, SeedsAndStreamsDiffer) {
  const auto first = [](RandomSource s) { return random_uniform({1}, 0, 1, DType::f64, s).span<double>()[0]; };
  EXPECT_NE(first({1}), first({2}));
  EXPECT_NE(first({1}), first({1, 1}));
  EXPECT_NE(first({1}), first({1 + (std::uint64_t{1} << 32)}));
}

// Kolmogorov and Smirnov's statistic times sqrt(n); 1.95 is exceeded once in a thousand seeds.
template <class Cdf>
double kolmogorov_smirnov(std::vector<double> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  double worst = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double p = cdf(x[k]), at = static_cast<double>(k);
    worst = std::max({worst, p - at / n, (at + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

template <class T>
std::vector<double> values(const Array& array) {
  return {array.span<T>().begin(), array.span<T>().end()};
}

TEST(Random, DistributionsPassKolmogorovAndSmirnov) {
  const auto uniform = [](double x) { return x; };
  const auto normal = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const Shape shape{1000, 200};
  EXPECT_LT(kolmogorov_smirnov(values<float>(random_uniform(shape, 0, 1, DType::f32, {1})), uniform), 1.95);
  EXPECT_LT(kolmogorov_smirnov(values<double>(random_uniform(shape, 0, 1, DType::f64, {2})), uniform), 1.95);
  EXPECT_LT(kolmogorov_smirnov(values<float>(random_normal(shape, 0, 1, DType::f32, {3})), normal), 1.95);
  EXPECT_LT(kolmogorov_smirnov(values<double>(random_normal(shape, 0, 1, DType::f64, {4})), normal), 1.95);
}

TEST(Random, NormalHasItsMoments) {
  const auto x = values<double>(random_normal({1 << 20}, 3, 2, DType::f64, {11}));
  double mean = 0, second = 0, third = 0, fourth = 0;
  for (const double v : x) mean += v;
  const double n = static_cast<double>(x.size());
  mean /= n;
  for (const double v : x) {
    const double z = (v - mean) / 2;
    second += z * z, third += z * z * z, fourth += z * z * z * z;
  }
  EXPECT_NEAR(mean, 3, 4 * 2 / std::sqrt(n));
  EXPECT_NEAR(second / n, 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR(third / n, 0, 4 * std::sqrt(6 / n));
  EXPECT_NEAR(fourth / n, 3, 4 * std::sqrt(96 / n));
  double cosine_and_sine = 0;  // neighbours come of one radius and must not correlate
  for (std::size_t k = 0; k + 1 < x.size(); k += 2) cosine_and_sine += (x[k] - 3) * (x[k + 1] - 3) / 4;
  EXPECT_NEAR(cosine_and_sine / (n / 2), 0, 4 / std::sqrt(n / 2));
}

double chi_square(const std::vector<double>& counts) {
  const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  double sum = 0;
  for (const double c : counts) sum += (c - mean) * (c - mean) / mean;
  return sum;
}

TEST(Random, IntegersPassChiSquare) {
  std::vector<double> counts(100);
  const Array drawn = random_integers({1000000}, -50, 50, DType::i8, {21});
  for (const std::int8_t v : drawn.span<std::int8_t>()) {
    ASSERT_TRUE(v >= -50 && v < 50);
    ++counts[static_cast<std::size_t>(v + 50)];
  }
  EXPECT_LT(chi_square(counts), 148.2);  // 99 degrees of freedom, once in a thousand
}

TEST(Random, PermutationsOfFourAreEquallyOften) {
  std::vector<double> counts(24);
  for (std::uint64_t seed = 0; seed < 24000; ++seed) {
    const Array p = permutation(4, {seed});
    std::size_t code = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      std::size_t smaller = 0;
      for (std::size_t j = i + 1; j < 4; ++j) smaller += p.span<std::int64_t>()[j] < p.span<std::int64_t>()[i];
      code = code * (4 - i) + smaller;
    }
    ++counts[code];
  }
  EXPECT_LT(chi_square(counts), 49.7);  // 23 degrees of freedom, once in a thousand
}

TEST(Random, LargePermutationsHoldEveryNumberAndAreMixed) {
  constexpr std::int64_t n = 500000;
  const Array p = permutation(n, {5});
  std::vector<bool> seen(n);
  std::vector<double> counts(100);  // of (place tenth, value tenth)
  for (std::int64_t i = 0; i < n; ++i) {
    const auto v = p.span<std::int64_t>()[static_cast<std::size_t>(i)];
    ASSERT_TRUE(v >= 0 && v < n);
    ASSERT_FALSE(seen[static_cast<std::size_t>(v)]);
    seen[static_cast<std::size_t>(v)] = true;
    ++counts[static_cast<std::size_t>(i * 10 / n * 10 + v * 10 / n)];
  }
  EXPECT_LT(chi_square(counts), 126.1);  // 81 degrees of freedom, once in a thousand
}

TEST(Random, UniformNeverReachesHigh) {
  const float high = std::nextafter(1.0f, 2.0f);  // two values fit: rounding would reach the bound for half of them
  const Array drawn = random_uniform({10000}, 1, high, DType::f32, {3});
  for (const float v : drawn.span<float>()) ASSERT_EQ(v, 1.0f);
}

TEST(Random, SameBitsForAnyThreadCount) {
  const Array wanted = [] {
    const ThreadLimit one(1);
    return permutation(400000, {77});
  }();
  expect_equal<std::int64_t>(permutation(400000, {77}), wanted);
}

TEST(RandomBad, BoundsShapesTypes) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(random_uniform({3}, 1, 1), Error);
  EXPECT_THROW(random_uniform({3}, 2, 1), Error);
  EXPECT_THROW(random_uniform({3}, 0, infinity), Error);
  EXPECT_THROW(random_uniform({3}, std::nan(""), 1), Error);
  EXPECT_THROW(random_uniform({3}, -1e308, 1e308), Error);
  EXPECT_THROW(random_uniform({3}, 0, 1e39, DType::f32), Error);
  EXPECT_THROW(random_uniform({3}, 1, 1 + 1e-12, DType::f32), Error);
  EXPECT_THROW(random_uniform({3}, 0, 1, DType::f16), Error);
  EXPECT_THROW(random_uniform({-3}), Error);
  EXPECT_THROW(random_uniform({1LL << 31, 1LL << 31}), Error);
  EXPECT_THROW(random_uniform({3}, 0, 1, DType::f64, {0, 0, -1}), Error);
  EXPECT_THROW(random_normal({3}, 0, -1), Error);
  EXPECT_THROW(random_normal({3}, infinity, 1), Error);
  EXPECT_THROW(random_normal({3}, 0, 1e39, DType::f32), Error);
  EXPECT_THROW(random_normal({1LL << 31, 1LL << 31}), Error);
  EXPECT_THROW(random_integers({3}, 5, 5), Error);
  EXPECT_THROW(random_integers({3}, 5, 4), Error);
  EXPECT_THROW(random_integers({3}, 0, 257, DType::u8), Error);
  EXPECT_THROW(random_integers({3}, -1, 5, DType::u8), Error);
  EXPECT_THROW(random_integers({3}, 0, 5, DType::f32), Error);
  EXPECT_THROW(permutation(-1), Error);
  EXPECT_THROW(permutation(5, {0, 0, 1}), Error);
  EXPECT_EQ(random_uniform({3, 0, 2}).size(), 0);
  EXPECT_EQ(random_uniform({}).size(), 1);
  EXPECT_EQ(permutation(0).size(), 0);
}

}  // namespace
}  // namespace fovea
