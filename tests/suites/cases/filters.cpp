#include <algorithm>
#include <string>

#include "suites/op_cases.h"

namespace fovea::test {
namespace {

const DType box_types[] = {DType::u8, DType::u16, DType::i16, DType::i32, DType::f16, DType::f32, DType::f64};
const char* const borders[] = {"reflect", "nearest", "wrap", "mirror", "constant"};

double eps(DType t) {
  return t == DType::f32 ? 1.2e-7 : t == DType::f64 ? 2.3e-16 : 0;
}

void box_filters(std::vector<OpCase>& cases) {
  unsigned seed = 3000;
  const auto add = [&](const Shape& shape, DType type, double rows, double columns, const char* border) {
    cases.push_back({"box_filter",
                     {{"size", std::vector<double>{rows, columns}}, {"border", std::string(border)}, {"value", 0.7}},
                     {random_array(shape, type, seed++)},
                     (rows + columns + 2) * eps(type)});
  };
  for (DType type : box_types) {
    for (const Shape& shape : {Shape{1, 1}, Shape{2, 3}, Shape{7, 1}, Shape{1, 16, 2}, Shape{17, 31, 3}, Shape{33, 65},
                               Shape{65, 33, 4}, Shape{0, 4}, Shape{3, 0, 3}})
      for (const char* border : borders) {
        if (seed % 2 == 0) add(shape, type, 3, 3, border);
        if (seed % 2 == 1) add(shape, type, 2, 5, border);
        if (seed % 3 == 0) add(shape, type, 9, 11, border);
      }
    for (double k : {1, 2, 4, 5, 6, 7, 8, 16, 17, 40}) {
      add({17, 16, 2}, type, k, 3, "mirror");
      add({17, 16, 2}, type, 3, k, "mirror");
    }
    add({33, 31}, type, 16, 17, "mirror");
    add({2, 9000}, type, 3, 3, "reflect");
    add({2, 3100, 3}, type, 4, 6, "wrap");
    add({1, 9000, 3}, type, 2, 9, "constant");
  }
}

void other_filters(std::vector<OpCase>& cases) {
  unsigned seed = 4000;
  const auto add = [&](const char* op, ops::Params params, const Shape& shape, DType type, const char* border,
                       double bound) {
    params["border"] = std::string(border);
    params["value"] = 0.7;
    cases.push_back({op, params, {random_array(shape, type, seed++)}, bound});
  };
  for (const Shape& shape : {Shape{1, 1}, Shape{2, 3}, Shape{7, 1}, Shape{1, 16, 2}, Shape{17, 31, 3}, Shape{33, 65},
                             Shape{16, 33, 4}, Shape{0, 4}, Shape{3, 0, 3}})
    for (const char* border : borders) {
      // Integer types are in tests/ops: a sum near a half may round either way.
      for (DType type : {DType::f32, DType::f64})
        add("gaussian_filter", {{"sigma", std::vector<double>{seed % 2 == 0 ? 0.6 : 2.0, 1.1}}}, shape, type, border,
            20 * eps(type));
      const char* const direction = seed % 3 == 0 ? "rows" : seed % 3 == 1 ? "columns" : "magnitude";
      for (DType type : {DType::u8, DType::f32, DType::f64})
        add("sobel", {{"direction", std::string(direction)}}, shape, type, border, 0);
      const std::vector<double> sizes[] = {{3, 3}, {5, 5}, {2, 7}, {9}};
      for (DType type : {DType::u8, DType::u16, DType::i16, DType::f32, DType::f64})
        add("median_filter", {{"size", sizes[seed % 4]}}, shape, type, border, 0);
    }
}

void colours(std::vector<OpCase>& cases) {
  unsigned seed = 5000;
  for (const char* conversion : {"rgb_to_bgr", "rgb_to_grey", "grey_to_rgb", "rgb_to_ycbcr", "ycbcr_to_rgb",
                                 "rgb_to_hsv", "hsv_to_rgb", "rgb_to_linear", "linear_to_rgb"})
    for (DType type : {DType::u8, DType::f32})
      for (std::int64_t columns : {1, 2, 3, 7, 16, 17, 31, 33, 65}) {
        const bool grey = std::string(conversion) == "grey_to_rgb";
        if (type == DType::u8 && std::string(conversion) == "linear_to_rgb") continue;
        cases.push_back({"convert_colour",
                         {{"conversion", std::string(conversion)}},
                         {random_array({3, columns, grey ? 1 : 3}, type, seed++)}});
      }
}

}  // namespace

void cases_filters(std::vector<OpCase>& cases) {
  box_filters(cases);
  other_filters(cases);
  colours(cases);
}

}  // namespace fovea::test
