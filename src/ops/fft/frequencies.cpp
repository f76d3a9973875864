#include <cmath>

#include "fovea/fft.h"
#include "ops/op.h"

namespace fovea {
namespace {

Array frequencies(const char* where, std::int64_t n, double spacing, bool half) {
  ops::require(n >= 1, where, "expected at least 1 element, got " + std::to_string(n));
  ops::require(std::isfinite(spacing) && spacing != 0, where,
               "spacing: expected a number but 0, got " + std::to_string(spacing));
  const std::int64_t count = half ? n / 2 + 1 : n;
  Array out = Array::empty({count}, DType::f64);
  double* to = out.span<double>().data();
  const double step = 1 / (static_cast<double>(n) * spacing);
  for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<double>(half || k < (n + 1) / 2 ? k : k - n) * step;
  return out;
}

}  // namespace

Array fftfreq(std::int64_t n, double spacing) {
  return frequencies("fftfreq", n, spacing, false);
}
Array rfftfreq(std::int64_t n, double spacing) {
  return frequencies("rfftfreq", n, spacing, true);
}

}  // namespace fovea
