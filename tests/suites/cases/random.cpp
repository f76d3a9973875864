#include <string>

#include "suites/op_cases.h"

namespace fovea::test {
namespace {

std::vector<double> extents(double n) {
  return {n};
}

}  // namespace

void cases_random(std::vector<OpCase>& cases) {
  using P = ops::Params;
  for (const char* dtype : {"f32", "f64"})
    for (const double n : {0., 1., 2., 3., 7., 16., 17., 31., 33., 65., 1023., 1024., 5000.})
      for (const std::int64_t offset : {0, 1, 3, 1030}) {
        const P common{{"shape", extents(n)}, {"dtype", std::string(dtype)}, {"offset", offset}, {"seed", offset - 2}};
        P uniform = common, normal = common;
        uniform.insert({{"low", -3.5}, {"high", 2.25}});
        normal.insert({{"mean", 1.0}, {"std", 2.5}, {"stream", std::int64_t{4}}});
        cases.push_back({"random_uniform", uniform, {}});
        cases.push_back({"random_normal", normal, {}});
      }
  for (const char* dtype : {"u8", "i8", "u16", "i16", "i32", "i64"})
    for (const std::int64_t high : {1, 100, 127})
      cases.push_back(
          {"random_integers",
           {{"shape", std::vector<double>{33, 65}}, {"high", high}, {"dtype", std::string(dtype)}, {"offset", high}},
           {}});
  for (const std::int64_t range : {std::int64_t{1} << 24, (std::int64_t{1} << 24) - 1, (std::int64_t{1} << 24) + 1,
                                   std::int64_t{3} << 61})
    cases.push_back({"random_integers",
                     {{"shape", extents(9001)}, {"low", range / -2}, {"high", range - range / 2}, {"offset", range % 7}},
                     {}});
  for (const std::int64_t n : {0, 1, 2, 3, 17, 65, 70000, 300000})
    cases.push_back({"permutation", {{"n", n}, {"seed", n}}, {}});
}

}  // namespace fovea::test
