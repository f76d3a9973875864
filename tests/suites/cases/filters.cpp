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
        add(shape, type, 3, 3, border);
        add(shape, type, 2, 5, border);
        add(shape, type, 9, 11, border);
      }
    for (double rows : {1, 2, 4, 5, 6, 7, 8, 16, 17, 40})
      for (double columns : {1, 4, 6, 7, 8, 16, 17, 31}) add({33, 31, 2}, type, rows, columns, "mirror");
    add({5, 9000}, type, 3, 3, "reflect");
    add({4, 3100, 3}, type, 4, 6, "wrap");
    add({3, 9000, 3}, type, 2, 9, "constant");
  }
}

}  // namespace

void cases_filters(std::vector<OpCase>& cases) {
  box_filters(cases);
}

}  // namespace fovea::test
