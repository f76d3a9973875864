// Vector kernels beside plain ones, and plain ones beside numbers worked out by hand. That they are libjpeg's is seen
// in reconstruction_test.cpp.
#include "codec/jpeg/row_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "codec/jpeg/inverse_dct.h"
#include "support/each_target.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::best_row_kernels;
using codec::jpeg::plain_row_kernels;
using codec::jpeg::row_slack;
using codec::jpeg::RowKernels;
using codec::jpeg::simd_row_kernels;

using Row = std::vector<std::uint8_t>;

// count samples with one before and slack behind them; few values, so that cuts and halves are frequent.
Row noise(int count, unsigned seed) {
  std::mt19937 random(seed);
  Row row(static_cast<std::size_t>(count + 1 + row_slack));
  for (std::uint8_t& value : row) value = static_cast<std::uint8_t>(random() % 4 == 0 ? random() % 2 * 255 : random());
  return row;
}

struct Output {
  Row bytes;
  std::vector<std::uint16_t> sums;

  explicit Output(int count) : bytes(static_cast<std::size_t>(count + 2 * row_slack), 7), sums(bytes.size()) {}
  Row first(int count) const { return {bytes.begin(), bytes.begin() + count}; }
};

template <class Check>
void each_width(const Check& check) {
  for (int width = 1; width <= 300; width = width < 140 ? width + 1 : width + 13) {
    SCOPED_TRACE(width);
    check(width);
  }
}

TEST(RowKernels, VectorsWidenAsPlainLoopsDo) {
  each_target([] {
    const RowKernels& simd = simd_row_kernels();
    each_width([&](int n) {
      const Row near = noise(n, 1), far = noise(n, 2);
      Output wanted(2 * n), got(2 * n);
      plain_row_kernels.widen(&near[1], n, wanted.bytes.data());
      simd.widen(&near[1], n, got.bytes.data());
      EXPECT_EQ(got.first(2 * n), wanted.first(2 * n));
      plain_row_kernels.widen_between(&near[1], &far[1], n, wanted.sums.data(), wanted.bytes.data());
      simd.widen_between(&near[1], &far[1], n, got.sums.data(), got.bytes.data());
      EXPECT_EQ(got.first(2 * n), wanted.first(2 * n));
      for (const int round : {1, 2}) {
        plain_row_kernels.between(&near[1], &far[1], round, n, wanted.bytes.data());
        simd.between(&near[1], &far[1], round, n, got.bytes.data());
        EXPECT_EQ(got.first(n), wanted.first(n));
      }
    });
  });
}

template <class Check>
void each_kernels(const Check& check) {
  each_target([&] { check(simd_row_kernels()); });
  check(best_row_kernels());
}

TEST(RowKernels, PixelsAreWrittenExactlyAndAsByPlainLoops) {
  each_kernels([](const RowKernels& kernels) {
    each_width([&](int n) {
      const Row rows[3] = {noise(n, 1), noise(n, 2), noise(n, 3)};
      const std::uint8_t* const in[3] = {rows[0].data(), rows[1].data(), rows[2].data()};
      for (const bool past_caches : {false, true})
        for (const int from : {0, 1, 31, 64}) {
          Output wanted(3 * n + from), got(3 * n + from);
          plain_row_kernels.ycc_to_rgb(in, n, &wanted.bytes[from], past_caches);
          kernels.ycc_to_rgb(in, n, &got.bytes[from], past_caches);
          EXPECT_EQ(got.bytes, wanted.bytes);
          plain_row_kernels.interleave(in, n, &wanted.bytes[from], past_caches);
          kernels.interleave(in, n, &got.bytes[from], past_caches);
          EXPECT_EQ(got.bytes, wanted.bytes);
        }
    });
  });
}

TEST(RowKernels, EveryColourIsConvertedAlike) {
  each_kernels([](const RowKernels& kernels) {
    Row rows[3] = {Row(256 + row_slack), Row(256 + row_slack), Row(256 + row_slack)};
    for (int i = 0; i < 256; ++i) rows[2][static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
    const std::uint8_t* const in[3] = {rows[0].data(), rows[1].data(), rows[2].data()};
    for (int cb = 0; cb < 256; ++cb)
      for (const int y : {0, 1, 77, 128, 200, 254, 255}) {
        std::fill(rows[0].begin(), rows[0].end(), static_cast<std::uint8_t>(y));
        std::fill(rows[1].begin(), rows[1].end(), static_cast<std::uint8_t>(cb));
        Output wanted(768), got(768);
        plain_row_kernels.ycc_to_rgb(in, 256, wanted.bytes.data(), false);
        kernels.ycc_to_rgb(in, 256, got.bytes.data(), false);
        ASSERT_EQ(got.bytes, wanted.bytes) << y << " " << cb;
      }
  });
}

TEST(RowKernels, HalvesGoDownAndUpInTurn) {
  for (const RowKernels* kernels : {&plain_row_kernels, &simd_row_kernels()}) {
    Row in(8 + row_slack), far(8 + row_slack);
    in[0] = in[1] = 10;
    in[2] = in[3] = 12;  // quarters: 10.5 and 11.5 between them
    Output out(4);
    kernels->widen(&in[1], 2, out.bytes.data());
    EXPECT_EQ(out.first(4), (Row{10, 11, 11, 12}));
    far = in;
    kernels->widen_between(&in[1], &far[1], 2, out.sums.data(), out.bytes.data());
    EXPECT_EQ(out.first(4), (Row{10, 10, 12, 12}));
  }
}

TEST(RowKernels, PrimariesOfJfif) {
  const std::uint8_t y[] = {76, 150, 29, 255, 0}, cb[] = {85, 44, 255, 128, 128}, cr[] = {255, 21, 107, 128, 128};
  const std::uint8_t* const in[3] = {y, cb, cr};
  Output out(15);
  plain_row_kernels.ycc_to_rgb(in, 5, out.bytes.data(), false);
  EXPECT_EQ(out.first(15), (Row{254, 0, 0, 0, 255, 1, 0, 0, 254, 255, 255, 255, 0, 0, 0}));
}

}  // namespace
}  // namespace fovea
