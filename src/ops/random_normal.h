#pragma once
#include <bit>

#include "ops/random/stream.h"

namespace fovea::ops {

struct RandomNormal : RandomStream {
  double mean = 0, std = 1;
  std::string dtype = "f64";

  template <class F>
  void fields(F&& f) {
    RandomStream::fields(f);
    f("mean", mean, "centre");
    f("std", std, "standard deviation, 0 or more");
    f("dtype", dtype, "type of the result", Choices{{"f32", "f64"}});
  }
};

// Box and Muller, 1958: sqrt(-2 ln u) times the cosine and sine of a uniform angle. The angle is a quadrant and a part
// of one in [-1/2, 1/2), so no range is reduced. All in plain products, sums, quotients and square roots, which IEEE 754
// rounds alike everywhere: every variant gives the same bits.
// ln m = 2 artanh(s), s = (m - 1) / (m + 1), m in [1/sqrt 2, sqrt 2), as a series in s^2; sine and cosine likewise. The
// terms left out are below half an ulp. Coefficients from the highest power down, without that of the first term.
template <class T>
struct NormalConstants;

template <>
struct NormalConstants<float> {
  using Bits = std::uint32_t;
  static constexpr int fraction_bits = 23, exponent_bias = 127;
  static constexpr Bits sqrt_half = 0x3F3504F3u;
  static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f, half_pi = 0x1.921fb6p+0f;
  float log[4] = {1.0f / 9, 1.0f / 7, 1.0f / 5, 1.0f / 3};
  float sin[4] = {1.0f / 362880, -1.0f / 5040, 1.0f / 120, -1.0f / 6};
  float cos[5] = {-1.0f / 3628800, 1.0f / 40320, -1.0f / 720, 1.0f / 24, -1.0f / 2};
};

template <>
struct NormalConstants<double> {
  using Bits = std::uint64_t;
  static constexpr int fraction_bits = 52, exponent_bias = 1023;
  static constexpr Bits sqrt_half = 0x3FE6A09E667F3BCDu;
  static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33, half_pi = 0x1.921fb54442d18p+0;
  double log[10] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3};
  double sin[8] = {1.0 / 355687428096000, -1.0 / 1307674368000, 1.0 / 6227020800, -1.0 / 39916800,
                   1.0 / 362880,          -1.0 / 5040,          1.0 / 120,        -1.0 / 6};
  double cos[8] = {1.0 / 20922789888000, -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800,
                   1.0 / 40320,          -1.0 / 720,         1.0 / 24,        -1.0 / 2};
};

}  // namespace fovea::ops
