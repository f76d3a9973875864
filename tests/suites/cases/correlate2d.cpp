#include <cmath>
#include <string>

#include "suites/op_cases.h"

namespace fovea::test {
namespace {

// 0 for sums that are exact, or rounded once from products that are; else k eps sum |x k|, elements being below 1.
double bound(DType type, std::int64_t taps) {
  if (!is_complex(type) && type != DType::f32 && type != DType::f64) return 0;
  const double eps = type == DType::f32 || type == DType::c64 ? 1.2e-7 : 2.3e-16;
  return (is_complex(type) ? 4 : 1) * eps * static_cast<double>(taps + 8) * std::sqrt(static_cast<double>(taps));
}

}  // namespace

void cases_correlate2d(std::vector<OpCase>& cases) {
  struct Sizes {
    Shape image, kernel;
  };
  const Sizes sizes[] = {{{1, 1}, {1, 1}},   {{2, 3}, {3, 2}},      {{7, 16}, {1, 7}},    {{17, 31}, {7, 1}},
                         {{33, 65}, {3, 3}}, {{16, 17, 3}, {2, 5}}, {{65, 33}, {16, 17}}, {{5, 300, 2}, {3, 3}},
                         {{9, 400}, {5, 5}}, {{3, 2}, {3, 7}}};
  unsigned seed = 400;
  for (const Sizes& s : sizes)
    for (const DType type : {DType::u8, DType::i8, DType::u16, DType::i16, DType::i32, DType::i64, DType::f16,
                             DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128})
      for (const char* mode : {"full", "same", "valid"}) {
        constexpr const char* boundaries[] = {"fill", "wrap", "reflect", "nearest"};
        const char* boundary = boundaries[seed % 4];
        const bool fits = s.image[0] >= s.kernel[0] && s.image[1] >= s.kernel[1];
        const bool swaps = s.image.size() == 2 && s.image[0] <= s.kernel[0] && s.image[1] <= s.kernel[1];
        if (std::string(mode) == "valid" && !fits && !swaps) continue;
        cases.push_back({seed % 3 == 0 ? "convolve2d" : "correlate2d",
                         {{"mode", std::string(mode)}, {"boundary", std::string(boundary)}, {"fillvalue", 1.0}},
                         {random_array(s.image, type, seed), random_array(s.kernel, type, seed + 1)},
                         bound(type, s.kernel[0] * s.kernel[1])});
        ++seed;
      }
  const Shape shape{40, 50}, kernel{4, 9};
  const DType mixed[][2] = {{DType::u8, DType::f32}, {DType::i32, DType::f32},  {DType::f32, DType::c64},
                            {DType::u8, DType::i8},  {DType::f16, DType::bf16}, {DType::c64, DType::f64}};
  for (const auto& [a, b] : mixed) {
    const double scale = a == DType::u8 ? 256 : a == DType::i32 ? 2147483648.0 : 1;
    cases.push_back({"correlate2d",
                     {{"mode", std::string("same")}, {"boundary", std::string("reflect")}},
                     {random_array(shape, a, seed), random_array(kernel, b, seed + 1)},
                     a == DType::u8 && b == DType::i8 ? 0
                                                      : scale * bound(a == DType::i32 || b == DType::f64 ? DType::f64
                                                                      : is_complex(b)                    ? DType::c64
                                                                                                         : DType::f32,
                                                                      36)});
    seed += 2;
  }
  // Kernels of rank one, through the method for them and the transform.
  for (const DType type : {DType::f32, DType::f64}) {
    const Array taps = Array::empty({5, 8}, type);
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 8; ++j) {
        const double v = (i - 2) * (j + 1) / 16.0;
        if (type == DType::f32)
          taps.span<float>()[static_cast<std::size_t>(8 * i + j)] = static_cast<float>(v);
        else
          taps.span<double>()[static_cast<std::size_t>(8 * i + j)] = v;
      }
    for (const char* method : {"separable", "fft", "direct"})
      for (const char* boundary : {"fill", "wrap", "reflect", "nearest"})
        cases.push_back({"correlate2d",
                         {{"boundary", std::string(boundary)}, {"fillvalue", 2.0}, {"method", std::string(method)}},
                         {random_array({40, 90, 2}, type, seed++), taps},
                         2 * bound(type, 40)});
  }
}

}  // namespace fovea::test
