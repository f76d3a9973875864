#include <string>

#include "suites/op_cases.h"

namespace fovea::test {

void cases_order(std::vector<OpCase>& cases) {
  const DType types[] = {DType::boolean, DType::u8,  DType::i8,   DType::u16, DType::i16, DType::i32,
                         DType::i64,     DType::f16, DType::bf16, DType::f32, DType::f64};
  const std::int64_t zero = 0, one = 1, last = -1;
  unsigned seed = 7000;
  for (const DType type : types) {
    for (const Shape& shape : {Shape{1}, Shape{2}, Shape{3}, Shape{7}, Shape{16}, Shape{17}, Shape{31}, Shape{33},
                               Shape{65}, Shape{2100}, Shape{1, 65}, Shape{33, 1}, Shape{7, 17, 3}, Shape{200, 70}}) {
      const Array x = random_array(shape, type, seed++);
      for (const std::int64_t axis : {last, zero})
        for (const bool flag : {false, true}) {
          cases.push_back({"sort", {{"axis", axis}, {"descending", flag}}, {x}});
          cases.push_back({"argsort", {{"axis", axis}, {"descending", flag}}, {x}});
          const std::int64_t k = (x.shape()[axis == 0 ? 0 : shape.size() - 1] + 1) / 2;
          cases.push_back({"topk", {{"axis", axis}, {"k", k}, {"largest", flag}}, {x}});
          cases.push_back({"argtopk", {{"axis", axis}, {"k", one}, {"largest", flag}}, {x}});
        }
      for (const auto& axis : {std::vector<double>{}, std::vector<double>{0}, std::vector<double>{-1}}) {
        cases.push_back({"cumsum", {{"axis", axis}}, {x}});
        cases.push_back({"cumprod", {{"axis", axis}}, {x}});
        cases.push_back({"median", {{"axis", axis}}, {x}});
        for (const char* method : {"linear", "lower", "higher", "nearest", "midpoint"})
          cases.push_back(
              {"percentile",
               {{"axis", axis}, {"q", std::vector<double>{0, 10, 50, 99.5, 100}}, {"method", std::string(method)}},
               {x}});
      }
      cases.push_back({"histogram", {{"bins", std::int64_t{10}}}, {x}});
      cases.push_back({"histogram", {{"range", std::vector<double>{-0.5, 0.7}}}, {x}});
      cases.push_back({"histogram_bin_edges", {{"bins", std::int64_t{7}}}, {x}});
    }
    const Array large = random_array({150000}, type, seed++);
    for (const char* op : {"sort", "argsort", "cumsum", "cumprod", "median", "percentile", "histogram"})
      cases.push_back({op, {}, {large}});
    cases.push_back({"argtopk", {{"k", std::int64_t{100}}}, {large}});
  }
}

}  // namespace fovea::test
