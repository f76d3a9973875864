#include "suites/expect_alike.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "array/convert.h"

namespace fovea::test {

bool same_bytes(const Array& a, const Array& b) {
  const std::size_t bytes = static_cast<std::size_t>(a.size()) * size_of(a.dtype());
  return bytes == 0 || std::memcmp(a.data(), b.data(), bytes) == 0;
}

// Sums of k products of values in [-1, 1): rounding grows as sqrt(k), Winograd's a few times faster. All else:
// what the case says.
double tolerance(const OpCase& c) {
  if (c.op != "conv2d" && c.op != "linear") return c.bound;
  const Shape& w = c.inputs[1].shape();
  double terms = 1;
  for (std::size_t k = 1; k < w.size(); ++k) terms *= static_cast<double>(w[k]);
  const double sums = std::min(16.0, terms * 2 / 3) * 1.2e-7 * std::sqrt(terms);
  const DType type = c.inputs[0].dtype();
  const double step = type == DType::bf16 ? 0x1p-8 : type == DType::f16 ? 0x1p-11 : 0;
  return sums + step * 4 * std::sqrt(terms);  // one step of 16 bits at the largest sums
}

namespace {

template <class T>
void expect_near(const Array& got, const Array& wanted, double bound, const std::string& what) {
  double worst = 0;
  std::size_t where = 0;
  const std::size_t count = static_cast<std::size_t>(got.size()) * size_of(got.dtype()) / sizeof(T);
  const auto *a = reinterpret_cast<const T*>(got.data()), *b = reinterpret_cast<const T*>(wanted.data());
  for (std::size_t k = 0; k < count; ++k) {
    const double error = std::abs(static_cast<double>(a[k]) - static_cast<double>(b[k]));
    if (!(error <= worst) && !(std::isnan(a[k]) && std::isnan(b[k])) && a[k] != b[k]) worst = error, where = k;
  }
  EXPECT_LE(worst, bound) << what << ": worst at " << where << ": got " << a[where] << ", expected " << b[where];
}

}  // namespace

void expect_alike(const Array& got, const Array& wanted, double bound, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  ASSERT_EQ(got.dtype(), wanted.dtype()) << what;
  if (bound != 0 && (got.dtype() == DType::f16 || got.dtype() == DType::bf16))
    expect_near<float>(to_f32(got), to_f32(wanted), bound, what);
  else if (bound != 0 && (got.dtype() == DType::f32 || got.dtype() == DType::c64))
    expect_near<float>(got, wanted, bound, what);
  else if (bound != 0 && (got.dtype() == DType::f64 || got.dtype() == DType::c128))
    expect_near<double>(got, wanted, bound, what);
  else
    EXPECT_TRUE(same_bytes(got, wanted)) << what;
}

}  // namespace fovea::test
