#pragma once
#include <string>
#include <vector>

#include "ops/filter/border.h"

namespace fovea::ops {

struct MedianFilter {
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

inline bool median_type(DType t) {
  return t == DType::u8 || t == DType::u16 || t == DType::i16 || t == DType::f32 || t == DType::f64;
}

}  // namespace fovea::ops
