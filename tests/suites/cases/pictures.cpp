#include <string>

#include "suites/op_cases.h"

namespace fovea::test {

void cases_pictures(std::vector<OpCase>& cases) {
  unsigned seed = 1000;
  for (const Shape& shape :
       {Shape{1, 1, 3}, Shape{2, 3, 3}, Shape{33, 65, 3}, Shape{65, 31, 1}, Shape{40, 300, 3}, Shape{300, 17, 3}})
    for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"}) {
      const std::vector<double> mean(static_cast<std::size_t>(shape[2]), 0.45),
          std(static_cast<std::size_t>(shape[2]), 0.225);
      const Array picture = random_array(shape, DType::u8, seed++);
      cases.push_back({"resize",
                       {{"height", std::int64_t{17}}, {"width", std::int64_t{31}}, {"filter", std::string(filter)}},
                       {picture}});
      for (std::int64_t crop : {16, 7})
        cases.push_back({"prepare_image",
                         {{"resize", std::int64_t{16}},
                          {"crop", crop},
                          {"filter", std::string(filter)},
                          {"mean", mean},
                          {"std", std}},
                         {picture}});
    }
  cases.push_back({"prepare_image", {}, {random_array({375, 500, 3}, DType::u8, seed++)}});
  cases.push_back({"prepare_image", {}, {random_array({1200, 900, 3}, DType::u8, seed++)}});
  for (DType dtype : {DType::u16, DType::f32, DType::f64})
    cases.push_back({"resize",
                     {{"height", std::int64_t{8}}, {"width", std::int64_t{9}}},
                     {random_array({20, 30, 3}, dtype, seed++)}});
  for (DType dtype : {DType::u8, DType::f32})
    cases.push_back({"flip", {{"vertical", true}}, {random_array({5, 7, 3}, dtype, seed++)}});
}

}  // namespace fovea::test
