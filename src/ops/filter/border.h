#pragma once
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "fovea/filters.h"
#include "ops/op.h"

namespace fovea::ops {

inline Choices border_choices() {
  return {{"reflect", "nearest", "wrap", "mirror", "constant"}};
}
// One of border_choices().
inline Border parse_border(const std::string& name) {
  return name == "reflect"   ? Border::reflect
         : name == "nearest" ? Border::nearest
         : name == "wrap"    ? Border::wrap
         : name == "mirror"  ? Border::mirror
                             : Border::constant;
}
inline std::string name_of(Border border) {
  constexpr const char* names[] = {"reflect", "nearest", "wrap", "mirror", "constant"};
  return names[static_cast<int>(border)];
}

// Which of n > 0 places stands for place i, which may lie any distance outside; -1: the constant.
FOVEA_HD inline Index border_place(Index i, Index n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::constant) return -1;
  if (border == Border::nearest || n == 1) return i < 0 ? 0 : n - 1;
  const Index period = border == Border::wrap ? n : border == Border::reflect ? 2 * n : 2 * n - 2;
  const Index m = (i % period + period) % period;
  return m < n ? m : border == Border::reflect ? 2 * n - 1 - m : 2 * n - 2 - m;
}

// An image [rows, columns] or [rows, columns, channels] as three extents, the last two merged by who wants rows.
struct ImageShape {
  Index rows = 0, columns = 0, channels = 1;
  Index elements() const { return rows * columns * channels; }
};
inline ImageShape image_shape(const Shape& shape, std::string_view op) {
  require(shape.size() == 2 || shape.size() == 3, op,
          "expected an image [rows, columns] or [rows, columns, channels], got " + to_string(shape));
  return {shape[0], shape[1], shape.size() == 3 ? shape[2] : 1};
}

// A window [rows, columns] from a parameter of one number for both, or two.
inline void window_extents(const std::vector<double>& size, std::string_view op, Index (&window)[2]) {
  require(size.size() == 1 || size.size() == 2, op,
          "expected size as one or two numbers, got " + std::to_string(size.size()));
  for (std::size_t k = 0; k < 2; ++k) {
    const double extent = size[size.size() == 2 ? k : 0];
    require(extent >= 1 && extent <= 32767 && extent == std::floor(extent), op,
            "expected whole sizes of 1 to 32767, got " + std::to_string(extent));
    window[k] = static_cast<Index>(extent);
  }
}

// A parameter's number as an element: integers are rounded and saturate.
template <class T>
T border_value(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    constexpr double low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    const double whole = std::rint(value);
    return static_cast<T>(whole < low ? low : whole > high ? high : whole);
  }
}

}  // namespace fovea::ops
