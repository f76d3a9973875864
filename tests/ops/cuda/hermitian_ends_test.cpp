#include "ops/cuda/hermitian_ends.h"

#include <gtest/gtest.h>

#include <complex>

#include "fovea/fft.h"
#include "suites/op_cases.h"

namespace fovea {
namespace {

using Complex = std::complex<double>;

Array with_hermitian_ends(const Array& spectrum, std::span<const Index> lengths) {
  Array same = spectrum.copy();
  Index arrays = 1;
  for (std::size_t k = 0; k + lengths.size() < spectrum.shape().size(); ++k) arrays *= spectrum.shape()[k];
  ops::cpu::make_ends_hermitian(Queue{}, reinterpret_cast<ops::Pair<double>*>(same.data()), arrays, lengths);
  return same;
}

// The inverse reads of the ends only what remains, so it must not change; and cuFFT's condition must hold to the bit.
TEST(HermitianEnds, KeepTheInverseOfAnySpectrum) {
  for (const Index height : {1, 2, 5, 6})
    for (const Index width : {1, 2, 3, 7, 8}) {
      SCOPED_TRACE(std::to_string(height) + " x " + std::to_string(width));
      const Index half = width / 2 + 1, lengths[] = {height, width};
      const Array spectrum = test::random_array({3, height, half}, DType::c128, 1);
      const Array ends = with_hermitian_ends(spectrum, lengths);
      FftPlane plane;
      plane.s = {height, width};
      const Array wanted = irfft2(spectrum, plane), got = irfft2(ends, plane);
      for (Index k = 0; k < wanted.size(); ++k)
        ASSERT_NEAR(got.span<const double>()[static_cast<std::size_t>(k)],
                    wanted.span<const double>()[static_cast<std::size_t>(k)], 1e-14);
      const auto* at = reinterpret_cast<const Complex*>(ends.data());
      const auto* before = reinterpret_cast<const Complex*>(spectrum.data());
      for (Index image = 0; image < 3; ++image)
        for (Index row = 0; row < height; ++row)
          for (Index column = 0; column < half; ++column) {
            const Index start = image * height * half;
            const Complex value = at[start + row * half + column];
            if (column == 0 || 2 * column == width)
              ASSERT_EQ(value, std::conj(at[start + (height - row) % height * half + column]));
            else
              ASSERT_EQ(value, before[start + row * half + column]);
          }
    }
}

TEST(HermitianEnds, OfOneAxisAreReal) {
  const Index even[] = {4}, odd[] = {5};
  const Array x = test::random_array({2, 3}, DType::c128, 2);
  const Array of_even = with_hermitian_ends(x, even), of_odd = with_hermitian_ends(x, odd);
  const auto* from = reinterpret_cast<const Complex*>(x.data());
  const auto* a = reinterpret_cast<const Complex*>(of_even.data());
  const auto* b = reinterpret_cast<const Complex*>(of_odd.data());
  for (int k : {0, 3}) {
    EXPECT_EQ(a[k], Complex(from[k].real(), 0));
    EXPECT_EQ(a[k + 1], from[k + 1]);
    EXPECT_EQ(a[k + 2], Complex(from[k + 2].real(), 0));
    EXPECT_EQ(b[k], Complex(from[k].real(), 0));
    EXPECT_EQ(b[k + 2], from[k + 2]);
  }
}

TEST(HermitianEnds, OfThreeAxesMeetTheirConjugates) {
  const Index lengths[] = {3, 4, 6};
  const Array x = with_hermitian_ends(test::random_array({3, 4, 4}, DType::c128, 3), lengths);
  const auto* at = reinterpret_cast<const Complex*>(x.data());
  for (Index plane = 0; plane < 3; ++plane)
    for (Index row = 0; row < 4; ++row)
      for (const Index column : {0, 3})
        EXPECT_EQ(at[(plane * 4 + row) * 4 + column],
                  std::conj(at[((3 - plane) % 3 * 4 + (4 - row) % 4) * 4 + column]));
}

}  // namespace
}  // namespace fovea
