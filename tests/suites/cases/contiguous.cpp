#include "suites/op_cases.h"

namespace fovea::test {

void cases_contiguous(std::vector<OpCase>& cases) {
  unsigned seed = 9000;
  for (const DType type : {DType::boolean, DType::u8, DType::f16, DType::i32, DType::f64, DType::c128}) {
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{7}, Shape{33, 65}, Shape{3, 1, 17, 5}})
      cases.push_back({"contiguous", {}, {random_array(shape, type, seed++)}});
    cases.push_back({"contiguous", {}, {random_array({70, 45}, type, seed++).transpose()}});
    cases.push_back({"contiguous", {}, {random_array({5, 40, 9}, type, seed++).transpose().slice(1, {.step = -3})}});
    cases.push_back({"contiguous", {}, {random_array({6, 1}, type, seed++).broadcast({2, 6, 4})}});
  }
}

}  // namespace fovea::test
