// Tiles of blocked channels to and from the points, a vector of channels at a time.
#if defined(FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#undef FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#else
#define FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#endif

#include <hwy/highway.h>

#include <cstring>

#include "ops/winograd/points.h"
#include "ops/winograd/tiling.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using Vector = hn::Vec<D>;
constexpr Index lanes = HWY_LANES(float);  // channels of a block
constexpr Index panel = 2 * lanes;         // output channels that are made together

// plus + factor * x for a factor that is known when compiling; `plus` may be none.
struct Sum {
  Vector value;
  bool any = false;
  HWY_INLINE void add(double factor, Vector x) {
    if (factor == 0) return;
    if (any)
      value = factor == 1    ? hn::Add(value, x)
              : factor == -1 ? hn::Sub(value, x)
                             : hn::MulAdd(hn::Set(D(), static_cast<float>(factor)), x, value);
    else
      value = factor == 1 ? x : hn::Mul(hn::Set(D(), static_cast<float>(factor)), x);
    any = true;
  }
};

// Points 2g and 2g + 1 of one axis of the input, x[i * stride] for i < Points. Rows of a pair +-p differ in the sign of
// the odd powers.
template <int Points, int g>
HWY_INLINE void PairIn(const float* x, Index stride, Vector& first, Vector& second) {
  static constexpr Matrix matrix = input_matrix(Points, Points);
  const D d;
  Sum even, odd;
  if constexpr (g == 0) {
#pragma GCC unroll 8
    for (int k = Points - 1; k >= 0; --k) {
      if (matrix.at[0][k] != 0) even.add(matrix.at[0][k], hn::Load(d, x + k * stride));
      if (matrix.at[1][k] != 0) odd.add(matrix.at[1][k], hn::Load(d, x + k * stride));
    }
    first = even.value;
    second = odd.value;
  } else {
    constexpr double lead = matrix.at[2 * g][Points - 3];
#pragma GCC unroll 8
    for (int k = Points - 2; k >= 1; --k)
      if (k % 2)
        odd.add(matrix.at[2 * g][k] / lead, hn::Load(d, x + k * stride));
      else
        even.add(matrix.at[2 * g][k], hn::Load(d, x + k * stride));
    first = hn::MulAdd(hn::Set(d, static_cast<float>(lead)), odd.value, even.value);
    second = hn::NegMulAdd(hn::Set(d, static_cast<float>(lead)), odd.value, even.value);
  }
}

template <int Points, int g>
HWY_INLINE void PairIn(const Vector (&x)[Points], Vector& first, Vector& second) {
  static constexpr Matrix matrix = input_matrix(Points, Points);
  const D d;
  Sum even, odd;
  if constexpr (g == 0) {
#pragma GCC unroll 8
    for (int k = Points - 1; k >= 0; --k) even.add(matrix.at[0][k], x[k]), odd.add(matrix.at[1][k], x[k]);
    first = even.value;
    second = odd.value;
  } else {
    constexpr double lead = matrix.at[2 * g][Points - 3];
#pragma GCC unroll 8
    for (int k = Points - 2; k >= 1; --k)
      if (k % 2)
        odd.add(matrix.at[2 * g][k] / lead, x[k]);
      else
        even.add(matrix.at[2 * g][k], x[k]);
    first = hn::MulAdd(hn::Set(d, static_cast<float>(lead)), odd.value, even.value);
    second = hn::NegMulAdd(hn::Set(d, static_cast<float>(lead)), odd.value, even.value);
  }
}

template <int Points>
HWY_INLINE void StoreRow(const Vector (&x)[Points], float* to, Index step) {
  const D d;
  Vector first, second;
  PairIn<Points, 0>(x, first, second);
  hn::Store(first, d, to);
  hn::Store(second, d, to + step);
  PairIn<Points, 1>(x, first, second);
  hn::Store(first, d, to + 2 * step);
  hn::Store(second, d, to + 3 * step);
  if constexpr (Points > 4) {
    PairIn<Points, 2>(x, first, second);
    hn::Store(first, d, to + 4 * step);
    hn::Store(second, d, to + 5 * step);
  }
  if constexpr (Points > 6) {
    PairIn<Points, 3>(x, first, second);
    hn::Store(first, d, to + 6 * step);
    hn::Store(second, d, to + 7 * step);
  }
}

template <int Points, int g>
HWY_INLINE void RowPairIn(const float* x, Index row, float* to, Index step) {
  Vector first[Points], second[Points];
#pragma GCC unroll 8
  for (int j = 0; j < Points; ++j) PairIn<Points, g>(x + j * lanes, row, first[j], second[j]);
  StoreRow<Points>(first, to + 2 * g * Points * step, step);
  StoreRow<Points>(second, to + (2 * g + 1) * Points * step, step);
}

// A whole tile: x + i * row + j * lanes, to + (i * Points + j) * step.
template <int Points>
HWY_NOINLINE void WholeTileIn(const float* x, Index row, float* to, Index step) {
  RowPairIn<Points, 0>(x, row, to, step);
  RowPairIn<Points, 1>(x, row, to, step);
  if constexpr (Points > 4) RowPairIn<Points, 2>(x, row, to, step);
  if constexpr (Points > 6) RowPairIn<Points, 3>(x, row, to, step);
}

// A short tile, by the matrices of its numbers of points.
HWY_INLINE void ShortTileIn(const Matrix& rows, int used_rows, const Matrix& columns, int used_columns, int points,
                            const float* x, Index row, float* to, Index step) {
  const D d;
  Vector half[most_points][most_points];
  for (int j = 0; j < used_columns; ++j)
    for (int i = 0; i < used_rows; ++i) {
      Vector sum = hn::Zero(d);
      for (int k = 0; k < used_rows; ++k)
        sum = hn::MulAdd(hn::Set(d, static_cast<float>(rows.at[i][k])), hn::Load(d, x + k * row + j * lanes), sum);
      half[i][j] = sum;
    }
  for (int i = 0; i < used_rows; ++i)
    for (int j = 0; j < used_columns; ++j) {
      Vector sum = hn::Zero(d);
      for (int k = 0; k < used_columns; ++k)
        sum = hn::MulAdd(hn::Set(d, static_cast<float>(columns.at[j][k])), half[i][k], sum);
      hn::Store(sum, d, to + (i * points + j) * step);
    }
}

// One axis of the output of a whole tile.
template <int Tile, int Points>
HWY_INLINE void AxisOut(const Vector (&x)[Points], Vector (&y)[Tile]) {
  Vector sums[Points / 2], differences[Points / 2];
#pragma GCC unroll 4
  for (int g = 1; g < Points / 2; ++g) {
    sums[g] = hn::Add(x[2 * g], x[2 * g + 1]);
    differences[g] = hn::Sub(x[2 * g], x[2 * g + 1]);
  }
  static constexpr Matrix matrix = output_matrix(Points, Points, Tile);
#pragma GCC unroll 8
  for (int k = 0; k < Tile; ++k) {
    Sum sum;
    if (k == 0) sum.add(1, x[0]);
    if (k == Tile - 1) sum.add(1, x[1]);
#pragma GCC unroll 4
    for (int g = 1; g < Points / 2; ++g) sum.add(matrix.at[k][2 * g], k % 2 ? differences[g] : sums[g]);
    y[k] = sum.value;
  }
}

// What comes last: bias, residual, ReLU. Both pointers are to the first of the tile's places.
struct Finish {
  Vector bias;
  const float* residual;  // or null
  float* y;
  Index row;  // floats
  bool relu;

  HWY_INLINE void put(Vector value, Index i, Index j) const {
    const D d;
    const Index at = i * row + j * lanes;
    value = hn::Add(value, bias);
    if (residual) value = hn::Add(value, hn::Load(d, residual + at));
    // A NaN stays one.
    if (relu) value = hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value);
    hn::Store(value, d, y + at);
  }
};

template <int Tile, int Points>
HWY_NOINLINE void WholeTileOut(const float* m, Index step, const Finish& finish) {
  const D d;
  Vector half[Tile][Points];
#pragma GCC unroll 8
  for (int j = 0; j < Points; ++j) {
    Vector in[Points], out[Tile];
#pragma GCC unroll 8
    for (int i = 0; i < Points; ++i) in[i] = hn::Load(d, m + (i * Points + j) * step);
    AxisOut<Tile, Points>(in, out);
#pragma GCC unroll 8
    for (int i = 0; i < Tile; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < Tile; ++i) {
    Vector out[Tile];
    AxisOut<Tile, Points>(half[i], out);
#pragma GCC unroll 8
    for (int j = 0; j < Tile; ++j) finish.put(out[j], i, j);
  }
}

HWY_INLINE void ShortTileOut(const Matrix& rows, int used_rows, int out_rows, const Matrix& columns, int used_columns,
                             int out_columns, int points, const float* m, Index step, const Finish& finish) {
  const D d;
  Vector half[most_points][most_points];
  for (int j = 0; j < used_columns; ++j)
    for (int i = 0; i < out_rows; ++i) {
      Vector sum = hn::Zero(d);
      for (int k = 0; k < used_rows; ++k)
        sum = hn::MulAdd(hn::Set(d, static_cast<float>(rows.at[i][k])), hn::Load(d, m + (k * points + j) * step), sum);
      half[i][j] = sum;
    }
  for (int i = 0; i < out_rows; ++i)
    for (int j = 0; j < out_columns; ++j) {
      Vector sum = hn::Zero(d);
      for (int k = 0; k < used_columns; ++k)
        sum = hn::MulAdd(hn::Set(d, static_cast<float>(columns.at[j][k])), half[i][k], sum);
      finish.put(sum, i, j);
    }
}

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
