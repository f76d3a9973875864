#include <cmath>
#include <string>

#include "suites/op_cases.h"

namespace fovea::test {
namespace {

using P = ops::Params;

// Errors of a sum of n values in [-1, 1) that grow as log2(n), times the root mean square of the result.
double bound(DType t, std::int64_t n, bool back) {
  const double eps = t == DType::f64 || t == DType::c128 ? 2.2e-16 : 1.2e-7;
  const double count = static_cast<double>(n);
  return 8 * eps * (2 + std::log2(count)) * std::sqrt(back ? 1 / count : count);
}

DType complex_of(DType t) {
  return t == DType::f32 ? DType::c64 : DType::c128;
}

}  // namespace

void cases_fourier(std::vector<OpCase>& cases) {
  unsigned seed = 5000;
  for (DType real : {DType::f32, DType::f64}) {
    const DType pair = complex_of(real);
    for (std::int64_t n : {1, 2, 3, 7, 16, 17, 31, 33, 65, 96, 121, 200, 625, 3125})
      for (std::int64_t lines : {1, 3, 17, 33}) {
        if (n > 200 && lines > 3) continue;
        const double b = bound(real, n, false), back = bound(real, n, true);
        for (std::int64_t axis : {0, 1}) {
          const Shape shape = axis == 1 ? Shape{lines, n} : Shape{n, lines};
          const P p{{"axis", axis}};
          cases.push_back({"fft", p, {random_array(shape, pair, seed++)}, b});
          cases.push_back({"ifft", p, {random_array(shape, pair, seed++)}, back});
          cases.push_back({"rfft", p, {random_array(shape, real, seed++)}, b});
          if (n > 1) cases.push_back({"irfft", {{"axis", axis}, {"n", n}}, {random_array(shape, pair, seed++)}, back});
        }
      }
    for (const Shape& s : {Shape{1, 1}, Shape{1, 16}, Shape{16, 1}, Shape{2, 3}, Shape{7, 65}, Shape{31, 33},
                           Shape{40, 34}, Shape{64, 100}, Shape{125, 17}, Shape{3, 5, 12}, Shape{2, 3, 18, 37}}) {
      const std::int64_t h = s[s.size() - 2], w = s.back(), n = h * w;
      const double b = bound(real, n, false), back = bound(real, n, true);
      const std::vector<double> size{static_cast<double>(h), static_cast<double>(w)};
      cases.push_back({"fft2", {}, {random_array(s, pair, seed++)}, b});
      cases.push_back({"ifft2", {{"norm", std::string("backward")}}, {random_array(s, pair, seed++)}, back});
      cases.push_back({"rfft2", {}, {random_array(s, real, seed++)}, b});
      cases.push_back({"irfft2", {{"s", size}}, {random_array(s, pair, seed++)}, back});
      const std::vector<double> larger{size[0] + 3, size[1] + 20};
      cases.push_back({"fft2", {{"s", larger}, {"norm", std::string("ortho")}}, {random_array(s, pair, seed++)}, b});
      cases.push_back({"rfft2", {{"s", larger}, {"norm", std::string("forward")}}, {random_array(s, real, seed++)}, b});
      cases.push_back({"irfft2", {{"s", larger}}, {random_array(s, pair, seed++)}, back});
    }
    cases.push_back({"fft2",
                     {{"axes", std::vector<double>{0, 2}}},
                     {random_array({12, 5, 9}, pair, seed++)},
                     bound(real, 108, false)});
    cases.push_back({"rfft2",
                     {{"axes", std::vector<double>{1, 2, 0}}},
                     {random_array({12, 5, 9}, real, seed++)},
                     bound(real, 540, false)});
    cases.push_back({"irfft2",
                     {{"axes", std::vector<double>{1, 0}}},
                     {random_array({12, 5, 9}, pair, seed++)},
                     bound(real, 110, true)});
    cases.push_back({"fft2",
                     {{"axes", std::vector<double>{-1, -2}}, {"s", std::vector<double>{20, 10}}},
                     {random_array({12, 18}, pair, seed++)},
                     bound(real, 200, false)});
  }
  for (DType t : {DType::boolean, DType::u8, DType::i8, DType::u16, DType::i16, DType::i32, DType::i64, DType::f16,
                  DType::bf16, DType::f32, DType::f64})
    for (const char* op : {"fft", "ifft", "rfft", "irfft"}) {
      const Array x = random_array({3, 20}, t, seed++);
      const double largest =
          is_floating(t) || t == DType::boolean ? 1 : std::pow(2.0, 8.0 * static_cast<double>(size_of(t)));
      const DType part = is_floating(t) && t != DType::f64 ? DType::f32 : DType::f64;
      cases.push_back({op, {}, {x}, largest * bound(part, 40, false)});
    }
  for (DType t : {DType::u8, DType::f16, DType::f32, DType::f64, DType::c128})
    for (const Shape& s : {Shape{1}, Shape{7}, Shape{16, 31}, Shape{5, 1, 6}, Shape{2, 9001}})
      for (const char* op : {"fftshift", "ifftshift"}) {
        cases.push_back({op, {}, {random_array(s, t, seed++)}});
        cases.push_back({op, {{"axes", std::vector<double>{-1}}}, {random_array(s, t, seed++)}});
      }
}

}  // namespace fovea::test
