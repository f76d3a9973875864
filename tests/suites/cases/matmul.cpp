#include <cmath>

#include "suites/op_cases.h"

namespace fovea::test {

// Values lie in [-1, 1): sums of k products err by less than 2 (k + 2) eps in practice, and 16-bit results by half a
// unit of theirs more.
static double bound_of(DType type, std::int64_t k) {
  const auto terms = static_cast<double>(k);
  const double result = 2 * std::sqrt(terms);  // hardly ever beyond
  switch (type) {
    case DType::f64:
      return 2 * (terms + 2) * 0x1p-53;
    case DType::f32:
      return 2 * (terms + 2) * 0x1p-24;
    case DType::f16:
      return 2 * (terms + 2) * 0x1p-24 + result * 0x1p-10;
    case DType::bf16:
      return 2 * (terms + 2) * 0x1p-24 + result * 0x1p-7;
    default:
      return 0;
  }
}

void cases_matmul(std::vector<OpCase>& cases) {
  struct Sizes {
    std::int64_t m, k, n;
  };
  const Sizes sizes[] = {{1, 1, 1},      {2, 3, 7},    {7, 2, 1},    {1, 33, 65},   {16, 16, 16},
                         {17, 31, 33},   {33, 65, 7},  {65, 17, 31}, {65, 600, 65}, {31, 1100, 97},
                         {130, 65, 300}, {20, 64, 36}, {3, 0, 5}};
  unsigned seed = 3000;
  for (DType type : {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i32, DType::i64})
    for (const Sizes& s : sizes)
      cases.push_back({"matmul",
                       {},
                       {random_array({s.m, s.k}, type, seed++), random_array({s.k, s.n}, type, seed++)},
                       bound_of(type, s.k)});
  for (DType a : {DType::u8, DType::i8})
    for (DType b : {DType::u8, DType::i8})
      for (const Sizes& s : sizes)
        cases.push_back({"matmul", {}, {random_array({s.m, s.k}, a, seed++), random_array({s.k, s.n}, b, seed++)}});
  for (DType type : {DType::c64, DType::c128})
    cases.push_back({"matmul", {}, {random_array({17, 7}, type, seed++), random_array({7, 33}, type, seed++)}});
  struct Shapes {
    Shape a, b;
  };
  const Shapes batches[] = {{{5}, {5}},
                            {{5}, {5, 3}},
                            {{3, 5}, {5}},
                            {{5}, {2, 5, 3}},
                            {{2, 3, 5}, {5}},
                            {{4, 7, 9}, {4, 9, 3}},
                            {{4, 7, 9}, {9, 3}},
                            {{7, 9}, {4, 9, 3}},
                            {{2, 1, 7, 9}, {3, 9, 16}},
                            {{1, 1, 2, 2}, {1, 2, 2}},
                            {{0, 3, 5}, {5, 2}},
                            {{0, 20, 40}, {40, 30}},
                            {{2, 0, 5}, {2, 5, 3}},
                            {{20, 65, 70}, {20, 70, 65}}};
  for (DType type : {DType::f32, DType::f64, DType::bf16, DType::i64})
    for (const Shapes& s : batches)
      cases.push_back({"matmul",
                       {},
                       {random_array(s.a, type, seed++), random_array(s.b, type, seed++)},
                       bound_of(type, s.a.back())});
  for (const Shapes& s : batches)
    cases.push_back({"matmul", {}, {random_array(s.a, DType::i8, seed++), random_array(s.b, DType::i8, seed++)}});
  for (const Sizes& s : {Sizes{17, 31, 33}, Sizes{65, 600, 65}})
    cases.push_back({"matmul",
                     {{"allow_tf32", true}},
                     {random_array({s.m, s.k}, DType::f32, seed++), random_array({s.k, s.n}, DType::f32, seed++)},
                     bound_of(DType::f32, s.k) + static_cast<double>(s.k) * 0x1p-10});
  const Array a = random_array({70, 90}, DType::f32, seed++), b = random_array({80, 90}, DType::f32, seed++);
  cases.push_back({"matmul", {}, {a, b.transpose()}, bound_of(DType::f32, 90)});
  cases.push_back(
      {"matmul", {}, {a.transpose().slice(1, {.step = -3}), a.slice(0, {.step = -3})}, 4 * bound_of(DType::f32, 24)});
}

}  // namespace fovea::test
