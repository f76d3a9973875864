#include "ops/fft/reference.h"

#include <cmath>
#include <numbers>

namespace fovea::ops::fourier {
namespace {

using Complex = std::complex<double>;

// x[0], x[step], … to y[0..n), with roots of the whole length.
void transform(const Complex* x, Index step, Complex* y, Index n, const std::vector<Complex>& roots) {
  if (n == 1) {
    y[0] = x[0];
    return;
  }
  Index p = 2;
  while (n % p != 0) ++p;
  const Index m = n / p, whole = static_cast<Index>(roots.size());
  for (Index r = 0; r < p; ++r) transform(x + r * step, step * p, y + r * m, m, roots);
  std::vector<Complex> part(static_cast<std::size_t>(p));
  for (Index k = 0; k < m; ++k) {
    for (Index r = 0; r < p; ++r)
      part[static_cast<std::size_t>(r)] = y[r * m + k] * roots[static_cast<std::size_t>(r * k * (whole / n))];
    for (Index q = 0; q < p; ++q) {
      Complex sum = part[0];
      for (Index r = 1; r < p; ++r)
        sum += part[static_cast<std::size_t>(r)] * roots[static_cast<std::size_t>(r * q % p * (whole / p))];
      y[q * m + k] = sum;
    }
  }
}

}  // namespace

Complex root(Index numerator, Index n) {
  // octant of 8 * numerator / n, and the rest as an angle of at most pi/4
  const Index j = numerator % n;
  const Index octant = 8 * j / n;
  const Index near = (octant + 1) / 2;  // nearest quarter turn
  const double angle = 2 * std::numbers::pi * (static_cast<double>(4 * j - near * n) / (4 * static_cast<double>(n)));
  const double c = std::cos(angle), s = std::sin(angle);
  switch (near % 4) {
    case 0:
      return {c, -s};
    case 1:
      return {-s, -c};
    case 2:
      return {-c, s};
    default:
      return {s, c};
  }
}

void reference_transform(std::vector<Complex>& x) {
  const Index n = static_cast<Index>(x.size());
  std::vector<Complex> roots(x.size()), y(x.size());
  for (Index k = 0; k < n; ++k) roots[static_cast<std::size_t>(k)] = root(k, n);
  transform(x.data(), 1, y.data(), n, roots);
  x.swap(y);
}

}  // namespace fovea::ops::fourier
