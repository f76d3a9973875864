#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ops/filter/border.h"

namespace fovea::ops {

struct BoxFilter {
  std::vector<double> size{3, 3};
  std::string border = "reflect";
  double value = 0;

  template <class F>
  void fields(F&& f) {
    f("size", size, "rows and columns of the window, or one number for both", Range{1, 32767});
    f("border", border, "what lies outside the image", border_choices());
    f("value", value, "of the constant border");
  }
};

// cv2.blur's division of sums of up to 256 bytes: halves up; of 2^k bytes, what exceeds m + 1/2 - 2^-k goes up too.
FOVEA_HD inline std::uint8_t mean_of_few(std::int64_t sum, std::int64_t count) {
  const bool power = (count & (count - 1)) == 0 && count > 1;
  const std::int64_t mean = (sum + count / 2 + (power ? 1 : 0)) / count;
  return static_cast<std::uint8_t>(mean > 255 ? 255 : mean);
}
// Its division of larger sums.
FOVEA_HD inline std::uint8_t mean_of_many(std::int64_t sum, float reciprocal) {
  return static_cast<std::uint8_t>(rintf(static_cast<float>(sum) * reciprocal));
}
inline constexpr Index few_bytes = 256;

// sum / count to nearest, halves to even.
FOVEA_HD inline std::int64_t rounded_quotient(std::int64_t sum, std::int64_t count) {
  std::int64_t quotient = sum / count, rest = sum % count;
  if (rest < 0) rest += count, --quotient;
  return quotient + (2 * rest > count || (2 * rest == count && (quotient & 1) != 0) ? 1 : 0);
}

template <class T>
using BoxSum = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;

// A window's mean from its sum.
template <class T>
FOVEA_HD T box_mean(BoxSum<T> sum, Index count) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(sum / static_cast<double>(count));
  else if constexpr (sizeof(T) == 1)
    return count <= few_bytes ? mean_of_few(sum, count)
                              : mean_of_many(sum, static_cast<float>(1.0 / static_cast<double>(count)));
  else
    return static_cast<T>(rounded_quotient(sum, count));
}

inline bool box_type(DType t) {
  return t == DType::u8 || t == DType::u16 || t == DType::i16 || t == DType::i32 || t == DType::f32 || t == DType::f64;
}

}  // namespace fovea::ops
