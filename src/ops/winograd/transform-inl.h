// Tiles of blocked channels to and from the points, a vector of channels at a time.
#if defined(FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#undef FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#else
#define FOVEA_OPS_WINOGRAD_TRANSFORM_INL_H
#endif

#include <hwy/highway.h>

#include <array>
#include <utility>

#include "ops/winograd/points.h"
#include "ops/winograd/tiling.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using Vector = hn::Vec<D>;
constexpr Index lanes = HWY_LANES(float);  // channels of a block
constexpr Index panel = 2 * lanes;         // output channels that are made together
constexpr int most_inputs = 9;             // of a tile, along an axis

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

// Points 2g and 2g + 1 of an axis, of a tile that uses the first `Used` of `Points`; get(k) is its k-th input. Rows of
// a pair +-p differ in the sign of the odd powers, if the others come in pairs too.
template <int Points, int Used, int g, class Get>
HWY_INLINE void PairIn(const Get& get, Vector& first, Vector& second) {
  static constexpr Matrix matrix = input_matrix(Points, Used);
  if constexpr (g == 0 || Used % 2 == 1 || Points % 2 == 1) {
    Sum one, other;
#pragma GCC unroll 8
    for (int k = Used - 1; k >= 0; --k) {
      if (matrix.at[2 * g][k] != 0) one.add(matrix.at[2 * g][k], get(k));
      if (matrix.at[2 * g + 1][k] != 0) other.add(matrix.at[2 * g + 1][k], get(k));
    }
    first = one.value;
    second = 2 * g + 1 < Used ? other.value : first;
  } else {
    constexpr double lead = matrix.at[2 * g][Used - 3];
    Sum even, odd;
#pragma GCC unroll 8
    for (int k = Used - 2; k >= 1; --k)
      if (k % 2)
        odd.add(matrix.at[2 * g][k] / lead, get(k));
      else
        even.add(matrix.at[2 * g][k], get(k));
    const Vector factor = hn::Set(D(), static_cast<float>(lead));
    first = hn::MulAdd(factor, odd.value, even.value);
    second = hn::NegMulAdd(factor, odd.value, even.value);
  }
}

// Inputs in memory, `stride` floats apart, and in registers.
struct Strided {
  const float* x;
  Index stride;
  HWY_INLINE Vector operator()(int k) const { return hn::Load(D(), x + k * stride); }
};
struct Held {
  const Vector* x;
  HWY_INLINE Vector operator()(int k) const { return x[k]; }
};

// All points of an axis, to + i * step.
template <int Points, int Used, int g = 0, class Get>
HWY_INLINE void AxisIn(const Get& get, float* to, Index step) {
  Vector first, second;
  PairIn<Points, Used, g>(get, first, second);
  hn::Store(first, D(), to + 2 * g * step);
  if constexpr (2 * g + 1 < Used) hn::Store(second, D(), to + (2 * g + 1) * step);
  if constexpr (2 * g + 2 < Used) AxisIn<Points, Used, g + 1>(get, to, step);
}

// A whole tile: x + i * row + j * lanes, to + (i * Points + j) * step. Rows of points go in pairs, for the registers
// hold no more.
template <int Points, int g = 0>
HWY_INLINE void WholeTileIn(const float* x, Index row, float* to, Index step) {
  Vector first[Points], second[Points];
#pragma GCC unroll 8
  for (int j = 0; j < Points; ++j) PairIn<Points, Points, g>(Strided{x + j * lanes, row}, first[j], second[j]);
  AxisIn<Points, Points>(Held{first}, to + 2 * g * Points * step, step);
  AxisIn<Points, Points>(Held{second}, to + (2 * g + 1) * Points * step, step);
  if constexpr (2 * g + 2 < Points) WholeTileIn<Points, g + 1>(x, row, to, step);
}

// `count` axes, each of elements `stride` apart; `next` from one axis to the next.
struct Lines {
  float* at;
  Index stride, next;
};
using Pass = void (*)(const Lines& from, const Lines& to, int count);

template <int Points, int Used>
void PassIn(const Lines& from, const Lines& to, int count) {
  for (int c = 0; c < count; ++c)
    AxisIn<Points, Used>(Strided{from.at + c * from.next, from.stride}, to.at + c * to.next, to.stride);
}

// By the number of points used.
template <int Points, int Least>
constexpr std::array<Pass, most_points + 1> PassesIn() {
  std::array<Pass, most_points + 1> passes{};
  [&]<int... I>(std::integer_sequence<int, I...>) {
    ((passes[static_cast<std::size_t>(Least + I)] = PassIn<Points, Least + I>), ...);
  }
  (std::make_integer_sequence<int, Points - Least + 1>());
  return passes;
}

// A short tile, by way of memory.
template <int Points, int Least>
HWY_NOINLINE void ShortTileIn(int used_rows, int used_columns, const float* x, Index row, float* to, Index step) {
  static constexpr auto passes = PassesIn<Points, Least>();
  alignas(64) float half[most_points * most_points * lanes];
  passes[static_cast<std::size_t>(used_rows)]({const_cast<float*>(x), row, lanes}, {half, most_points * lanes, lanes},
                                              used_columns);
  passes[static_cast<std::size_t>(used_columns)]({half, lanes, most_points * lanes}, {to, step, Points * step},
                                                 used_rows);
}

// One axis of the output, of a tile that uses the first `Used` points for `Outputs` outputs.
template <int Points, int Used, int Outputs>
HWY_INLINE void AxisOut(const Vector (&x)[Used], Vector (&y)[Outputs]) {
  constexpr int pairs = Used / 2;
  Vector sums[pairs], differences[pairs];
#pragma GCC unroll 4
  for (int g = 1; g < pairs; ++g) {
    sums[g] = hn::Add(x[2 * g], x[2 * g + 1]);
    differences[g] = hn::Sub(x[2 * g], x[2 * g + 1]);
  }
  static constexpr Matrix matrix = output_matrix(Points, Used, Outputs);
#pragma GCC unroll 8
  for (int k = 0; k < Outputs; ++k) {
    Sum sum;
    if (k == 0) sum.add(1, x[0]);
    if (k == Outputs - 1) sum.add(1, x[1]);
#pragma GCC unroll 4
    for (int g = 1; g < pairs; ++g) sum.add(matrix.at[k][2 * g], k % 2 ? differences[g] : sums[g]);
    if (Used % 2) sum.add(matrix.at[k][Used - 1], x[Used - 1]);
    y[k] = sum.value;
  }
}

template <int Points, int Used, int Outputs>
void PassOut(const Lines& from, const Lines& to, int count) {
  const D d;
  for (int c = 0; c < count; ++c) {
    Vector x[Used], y[Outputs];
#pragma GCC unroll 8
    for (int k = 0; k < Used; ++k) x[k] = hn::Load(d, from.at + c * from.next + k * from.stride);
    AxisOut<Points, Used, Outputs>(x, y);
#pragma GCC unroll 8
    for (int k = 0; k < Outputs; ++k) hn::Store(y[k], d, to.at + c * to.next + k * to.stride);
  }
}

template <int Tile, int Points>
constexpr std::array<Pass, most_points + 1> PassesOut() {
  std::array<Pass, most_points + 1> passes{};
  constexpr int least = Points - Tile + 1;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    ((passes[static_cast<std::size_t>(least + I)] = PassOut<Points, least + I, 1 + I>), ...);
  }
  (std::make_integer_sequence<int, Tile>());
  return passes;
}

// What comes last: bias, residual, activation. Both pointers are to the first of the tile's places.
struct Finish {
  Vector bias;
  const float* residual;  // or null
  float* y;
  Index row;  // floats
  Activation activation;

  HWY_INLINE void put(Vector value, Index i, Index j) const {
    const D d;
    const Index at = i * row + j * lanes;
    value = hn::Add(value, bias);
    if (residual) value = hn::Add(value, hn::Load(d, residual + at));
    // A NaN stays one.
    if (activation != Activation::none) value = hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value);
    if (activation == Activation::relu6) value = hn::IfThenElse(hn::Gt(value, hn::Set(d, 6)), hn::Set(d, 6), value);
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
    AxisOut<Points, Points, Tile>(in, out);
#pragma GCC unroll 8
    for (int i = 0; i < Tile; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < Tile; ++i) {
    Vector out[Tile];
    AxisOut<Points, Points, Tile>(half[i], out);
#pragma GCC unroll 8
    for (int j = 0; j < Tile; ++j) finish.put(out[j], i, j);
  }
}

template <int Tile, int Points>
HWY_NOINLINE void ShortTileOut(int rows, int columns, const float* m, Index step, const Finish& finish) {
  static constexpr auto passes = PassesOut<Tile, Points>();
  constexpr int reach = Points - Tile;
  const D d;
  alignas(64) float half[most_points * most_points * lanes];
  passes[static_cast<std::size_t>(rows + reach)]({const_cast<float*>(m), Points * step, step},
                                                 {half, most_points * lanes, lanes}, columns + reach);
  const Lines whole{half, lanes, most_points * lanes};
  passes[static_cast<std::size_t>(columns + reach)](whole, whole, rows);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) finish.put(hn::Load(d, half + (i * most_points + j) * lanes), i, j);
}

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
