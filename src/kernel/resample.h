#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "kernel/view.h"

namespace fovea {

// Which source places make each output place of one axis, and with what weights. Pillow's definition: half-pixel
// centres, the filter's support grows with the shrink factor (antialiasing), weights sum to one.
struct Taps {
  Index most = 0;                   // the largest count
  std::vector<Index> first, count;  // by output place
  std::vector<double> weight;       // [output][most]
  std::vector<std::int32_t> fixed;  // the same, rounded to fixed_bits fractional bits

  static constexpr int fixed_bits = 22;
};

// The taps of output places [begin, begin + length) of an axis scaled from `in` to `out` places.
// filter: nearest, box, bilinear, hamming, bicubic, lanczos. O(length * taps).
Taps make_taps(Index in, Index out, Index begin, Index length, const std::string& filter);

// What bodies see of Taps.
struct TapsView {
  const Index *first, *count;
  const double* weight;
  const std::int32_t* fixed;
  Index most;

  TapsView(const Taps& taps)
      : first(taps.first.data()),
        count(taps.count.data()),
        weight(taps.weight.data()),
        fixed(taps.fixed.data()),
        most(taps.most) {}
  TapsView(const Index* first_of, const Index* count_of, const double* weights, const std::int32_t* fixed_weights,
           Index most_of)
      : first(first_of), count(count_of), weight(weights), fixed(fixed_weights), most(most_of) {}
};

// Weighted sum of one output place's taps; at(k) gives source place k.
template <class Source>
FOVEA_HD std::uint8_t resample_u8(const TapsView& taps, Index place, const Source& at) {
  // 32 bits suffice: |weights| sum to less than 2 in every filter, so sums stay below 255 * 2^23.
  std::int32_t sum = 1 << (Taps::fixed_bits - 1);
  for (Index k = 0; k < taps.count[place]; ++k) sum += taps.fixed[place * taps.most + k] * at(taps.first[place] + k);
  sum >>= Taps::fixed_bits;
  return static_cast<std::uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}
template <class Source>
FOVEA_HD double resample_f64(const TapsView& taps, Index place, const Source& at) {
  double sum = 0;
  for (Index k = 0; k < taps.count[place]; ++k) sum += taps.weight[place * taps.most + k] * at(taps.first[place] + k);
  return sum;
}
FOVEA_HD inline std::uint8_t resample(const TapsView& taps, Index place, const auto& at, std::uint8_t) {
  return resample_u8(taps, place, at);
}
FOVEA_HD inline float resample(const TapsView& taps, Index place, const auto& at, float) {
  return static_cast<float>(resample_f64(taps, place, at));
}
FOVEA_HD inline double resample(const TapsView& taps, Index place, const auto& at, double) {
  return resample_f64(taps, place, at);
}
FOVEA_HD inline std::uint16_t resample(const TapsView& taps, Index place, const auto& at, std::uint16_t) {
  const double sum = resample_f64(taps, place, at) + 0.5;
  return static_cast<std::uint16_t>(sum < 0 ? 0 : sum > 65535 ? 65535 : sum);
}

// y[row, i, c] from x[row + first_row, taps of i, c].
template <class T>
struct ResampleColumns {
  View<const T, 3> x;
  View<T, 3> y;
  TapsView taps;
  Index first_row;

  FOVEA_HD void operator()(Index row, Index i, Index c) const {
    y(row, i, c) = resample(
        taps, i, [&](Index k) { return x(first_row + row, k, c); }, T{});
  }
};

// y[i, column, c] from x[taps of i - first_row, column, c].
template <class T>
struct ResampleRows {
  View<const T, 3> x;
  View<T, 3> y;
  TapsView taps;
  Index first_row;

  FOVEA_HD void operator()(Index i, Index column, Index c) const {
    y(i, column, c) = resample(
        taps, i, [&](Index k) { return x(k - first_row, column, c); }, T{});
  }
};

}  // namespace fovea
