#pragma once
#include "ops/conv2d_int8.h"
#include "ops/cuda/copies_ahead.h"
#include "ops/cuda/warp_multiply.h"

namespace fovea::ops::FOVEA_PASS {

// A convolution of bytes as it lies in memory: x [n, height, width, channels], the weights [columns, window], y and the
// residual [pixels, columns].
struct Int8Operands {
  const std::uint8_t *x, *weight, *residual;  // the residual may be none
  const float *bias, *scale;
  std::uint8_t* y;
  int height, width, channels;    // of x, zeros among the channels
  int rows, across, window;       // of the result; window in bytes, behind which weights are 0
  int columns, pixels;            // channels of y; places of all its pictures
  int window_across, weight_row;  // places of a window's row; bytes of a column's weights
  int stride, padding, dilation;
  bool residual_signed;
  Requantization requantized;
};

// 128 pixels by 64 channels of a convolution's result a block, by products of matrices on tensor cores: a pixel's
// window is a row, gathered in steps of 64 bytes, the next two while one is multiplied; a warp has 32 pixels. X: u8 or
// i8. Chunk: how many bytes of the channels lie together everywhere, 16 or 4.
template <class X, int chunk>
struct Int8Tile : Int8Operands {
  static constexpr int lanes = 128, pixels_a_block = 128, columns_a_block = 64;
  static constexpr int quarters = 4, quarter = 16, step_bytes = quarters * quarter;
  static constexpr int rows_a_lane = pixels_a_block * quarters / lanes,
                       columns_a_lane = columns_a_block * quarters / lanes;
  static constexpr int row_distance = lanes / quarters, stages = 3;
  static constexpr int tile_row = columns_a_block + 16;  // keeps rows in different banks
  static constexpr int outside = -(1 << 30);             // a row that no picture has

  struct Stage {
    Bytes16 x[pixels_a_block][quarters], weight[columns_a_block][quarters];
  };
  struct Shared {
    Stage stage[stages];
    alignas(16) std::uint8_t tile[pixels_a_block][tile_row];
  };
  // Where the windows of a lane's pixels begin. Bytes are counted modulo 2^32: what lies before a picture is not read.
  struct Places {
    std::uint32_t base[rows_a_lane];
    int row[rows_a_lane], column[rows_a_lane];
  };
  using Ahead = CopiesAhead<rows_a_lane * quarter / chunk + columns_a_lane>;
  struct Sums {
    std::int32_t of[2][columns_a_block / 8][4];  // of 16 pixels and 8 channels each
  };
  // What lies at a place of the window, from where it begins.
  struct Tap {
    int row, column;
    std::uint32_t offset;
  };

  explicit Int8Tile(const Int8Operands& of) : Int8Operands(of) {}

  FOVEA_HD int blocks_across() const { return (columns + columns_a_block - 1) / columns_a_block; }
  Index blocks() const { return Index{(pixels - 1) / pixels_a_block + 1} * blocks_across(); }

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    const int first = static_cast<int>(block.index / blocks_across()) * pixels_a_block;
    const int column = static_cast<int>(block.index % blocks_across()) * columns_a_block;
    const int steps = weight_row / step_bytes;
    PerLane<Places, lanes> places;
    PerLane<Sums, lanes> sums;
    PerLane<Ahead, lanes> ahead;
    const auto gather_ahead = [&](int lane, int step) {
      if (step < steps) gather(ahead[lane], shared.stage[step % stages], places[lane], column, lane, step);
      ahead[lane].commit();
    };
    block.lanes([&](int lane) {
      places[lane] = find_places(first + lane / quarters);
      sums[lane] = {};
      gather_ahead(lane, 0);
      gather_ahead(lane, 1);
      ahead[lane].wait();
    });
    for (int step = 0; step < steps; ++step)
      block.lanes([&](int lane) {
        gather_ahead(lane, step + 2);  // to where step - 1 was, which no lane reads any more
        multiply(lane, shared.stage[step % stages], sums[lane]);
        ahead[lane].wait();
      });
    if (residual) block.lanes([&](int lane) { move_tile<true>(shared, first, column, lane); });
    block.lanes([&](int lane) { finish(shared, column, lane, sums[lane]); });
    block.lanes([&](int lane) { move_tile<false>(shared, first, column, lane); });
  }

 private:
  FOVEA_HD Places find_places(int pixel) const {
    Places found;
    for (int k = 0; k < rows_a_lane; ++k, pixel += row_distance) {
      const int row = pixel / across % rows * stride - padding, column = pixel % across * stride - padding;
      found.base[k] = bytes_to(pixel / across / rows * height + row, column);
      found.row[k] = pixel < pixels ? row : outside;
      found.column[k] = column;
    }
    return found;
  }

  FOVEA_HD std::uint32_t bytes_to(int row, int column) const {
    const auto whole = [](int value) { return static_cast<std::uint32_t>(value); };
    return (whole(row) * whole(width) + whole(column)) * whole(channels);
  }

  FOVEA_HD Tap tap(int at) const {
    const int place = at / channels, row = place / window_across * dilation, column = place % window_across * dilation;
    return {at < window ? row : outside, column, bytes_to(row, column) + static_cast<std::uint32_t>(at % channels)};
  }

  FOVEA_HD void gather(Ahead& ahead, Stage& to, const Places& places, int column, int lane, int step) const {
    const int row = lane / quarters, place = lane % quarters, at = step * step_bytes + place * quarter;
    for (int part = 0; part < quarter; part += chunk) {
      const Tap from = tap(at + part);
      for (int k = 0; k < rows_a_lane; ++k) {
        const bool inside = static_cast<unsigned>(places.row[k] + from.row) < static_cast<unsigned>(height) &&
                            static_cast<unsigned>(places.column[k] + from.column) < static_cast<unsigned>(width);
        const std::uint32_t there = inside ? places.base[k] + from.offset : 0;
        ahead.template copy<chunk>(&to.x[row + k * row_distance][place].word[part / 4], x + there, inside);
      }
    }
    for (int k = 0; k < columns_a_lane; ++k)  // weights have rows of zeros up to the block's columns
      ahead.template copy<quarter>(&to.weight[row + k * row_distance][place],
                                   weight + Index{column + row + k * row_distance} * weight_row + at, true);
  }

  FOVEA_HD void multiply(int lane, const Stage& from, Sums& sums) const {
    const auto rows_from = [&](int first) {
      first += lane / warp_lanes * warp_lanes;
      return WarpBytes(lane, [&, first](int l) { return from.x[first + l / 4][l % 4]; });
    };
    const WarpBytes left[2][2] = {{rows_from(0), rows_from(8)}, {rows_from(16), rows_from(24)}};
    FOVEA_UNROLL
    for (int n = 0; n < columns_a_block / 8; ++n) {
      const WarpBytes right(lane, [&](int l) { return from.weight[8 * n + l / 4][l % 4]; });
      for (int half = 0; half < 2; ++half)
        for (int m = 0; m < 2; ++m) multiply_add<X>(lane, left[m][0], left[m][1], right, half, sums.of[m][n]);
    }
  }

  // The residual's bytes to shared memory, or the result's from there.
  template <bool in>
  FOVEA_HD void move_tile(Shared& shared, int first, int column, int lane) const {
    for (int at = lane; at < pixels_a_block * quarters; at += lanes) {
      const int row = at / quarters, from = at % quarters * quarter;
      if (row >= pixels - first || from >= columns - column) continue;
      const Index there = Index{first + row} * columns + column + from;
      std::uint8_t* const here = shared.tile[row] + from;
      if (columns % quarter == 0) {
        if constexpr (in)
          *reinterpret_cast<Bytes16*>(here) = *reinterpret_cast<const Bytes16*>(residual + there);
        else
          *reinterpret_cast<Bytes16*>(y + there) = *reinterpret_cast<const Bytes16*>(here);
        continue;
      }
      for (int k = 0; k < quarter && column + from + k < columns; ++k) {
        if constexpr (in)
          here[k] = residual[there + k];
        else
          y[there + k] = here[k];
      }
    }
  }

  FOVEA_HD void finish(Shared& shared, int column, int lane, const Sums& sums) const {
    const int first = lane / warp_lanes * warp_lanes + lane % warp_lanes / 4, place = lane % 4 * 2;
    FOVEA_UNROLL
    for (int n = 0; n < columns_a_block / 8; ++n)
      for (int odd = 0; odd < 2; ++odd) {
        const int at = 8 * n + place + odd, k = column + at;
        if (k >= columns) continue;
        for (int part = 0; part < 4; ++part) {
          std::uint8_t& byte = shared.tile[first + 8 * part][at];
          byte = static_cast<std::uint8_t>(finished(sums.of[part / 2][n][part % 2 * 2 + odd], bias[k], scale[k], byte));
        }
      }
  }

  FOVEA_HD std::int32_t finished(std::int32_t sum, float shift, float factor, std::uint8_t other) const {
    if (!residual) return requantized(sum, shift, factor);
    return requantized(sum, shift, factor, residual_signed ? byte_of<std::int8_t>(other, 0) : other);
  }
};

}  // namespace fovea::ops::FOVEA_PASS
