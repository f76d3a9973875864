#pragma once
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "ops/correlate/element.h"
#include "ops/correlate/geometry.h"

namespace fovea::ops {

// A kernel as the factors of its products, row after row.
template <class W>
struct Taps {
  Index height, width;
  std::vector<W> real, imaginary;  // imaginary: empty where all are 0
};

template <class W>
Taps<W> taps_of(const Operands& o, DType type) {
  const Array& k = o.kernel;
  Taps<W> taps{k.shape()[0], k.shape()[1], {}, {}};
  bool any = false;
  for (Index i = 0; i < taps.height; ++i)
    for (Index j = 0; j < taps.width; ++j) {
      const Index at = i * k.strides()[0] + j * k.strides()[1];
      if constexpr (std::is_floating_point_v<W>) {
        const auto tap = load_as<Pair<W>>(k.data(), k.dtype(), at);
        taps.real.push_back(tap.re);
        taps.imaginary.push_back(o.conjugate_taps ? -tap.im : tap.im);
        any |= !(tap.im == 0);
      } else {
        taps.real.push_back(load_as<W>(k.data(), k.dtype(), at));
      }
    }
  if (!is_complex(type) || !any) taps.imaginary.clear();
  return taps;
}

// column[i] * row[j] for a kernel of rank one.
template <class W>
struct Factors {
  std::vector<W> column, row;
};

// Floating taps: within 4 eps of each, decided in f64. Integers (modulo 2^bits): equal.
template <class W>
std::optional<Factors<W>> factorize(const Taps<W>& taps, DType type) {
  if (!taps.imaginary.empty()) return std::nullopt;
  const Index h = taps.height, w = taps.width;
  const auto size = [](Index n) { return static_cast<std::size_t>(n); };
  Factors<W> f{std::vector<W>(size(h)), std::vector<W>(size(w))};
  if constexpr (std::is_floating_point_v<W>) {
    Index pivot = 0;
    for (Index k = 0; k < h * w; ++k) {
      if (!std::isfinite(taps.real[size(k)])) return std::nullopt;
      if (std::abs(taps.real[size(k)]) > std::abs(taps.real[size(pivot)])) pivot = k;
    }
    const double most = taps.real[size(pivot)];
    if (most == 0) return f;
    // A power of two makes both factors alike in size: what neither overflows nor underflows directly does not here.
    const int half = std::ilogb(most) / 2;
    for (Index i = 0; i < h; ++i) {
      const double ratio = static_cast<double>(taps.real[size(i * w + pivot % w)]) / most;
      if (ratio != 0 && std::abs(ratio) < 0x1p-40) return std::nullopt;
      f.column[size(i)] = static_cast<W>(std::ldexp(ratio, half));
    }
    for (Index j = 0; j < w; ++j) f.row[size(j)] = std::ldexp(taps.real[size(pivot / w * w + j)], -half);
    const double near = 4 * static_cast<double>(std::numeric_limits<W>::epsilon());
    for (Index i = 0; i < h; ++i)
      for (Index j = 0; j < w; ++j) {
        const double tap = taps.real[size(i * w + j)];
        const double product = static_cast<double>(f.column[size(i)]) * static_cast<double>(f.row[size(j)]);
        if (!(std::abs(product - tap) <= near * std::abs(tap))) return std::nullopt;
      }
  } else {
    // As signed numbers of the result's type: any of the products that are equal modulo 2^bits would do.
    const int shift = 64 - 8 * static_cast<int>(size_of(type));
    const auto value = [&](Index k) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(taps.real[size(k)]) << shift) >> shift;
    };
    Index first = 0;
    while (first < h * w && value(first) == 0) ++first;
    if (first == h * w) return f;
    std::int64_t divisor = 0;
    for (Index j = 0; j < w; ++j) divisor = std::gcd(divisor, value(first / w * w + j));
    const std::int64_t lead = value(first) / divisor;
    for (Index j = 0; j < w; ++j) f.row[size(j)] = static_cast<W>(value(first / w * w + j) / divisor);
    for (Index i = 0; i < h; ++i) {
      const std::int64_t scale = value(i * w + first % w) / lead;
      f.column[size(i)] = static_cast<W>(scale);
      for (Index j = 0; j < w; ++j)
        if (scale * (value(first / w * w + j) / divisor) != value(i * w + j)) return std::nullopt;
    }
  }
  return f;
}

}  // namespace fovea::ops
