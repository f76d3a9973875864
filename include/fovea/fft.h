#pragma once
#include <cstdint>
#include <vector>

#include "fovea/array.h"

namespace fovea {

// Discrete Fourier transforms as in numpy.fft and scipy.fft: y[k] = sum over j of x[j] exp(-2 pi i j k / n), inverses
// with +. Numbers of 16 and 32 bits are transformed in f32, all others in f64: results are c64 or c128 (irfft: f32 or
// f64). Relative error (root mean square) below 1e-6 and 2e-15 for all lengths. Any length from 1 to 2^28, any strides;
// O(n log n) for all. Lengths of factors up to 13 are fastest; others (by Bluestein's algorithm) take about four times
// as long. Runs on the thread budget, the same bits for any number of threads. No planning: tables of a length are made
// at its first use and kept. Memory besides the result: over two axes one more array of its size. Thread-safe. Throw
// Error(invalid_argument) for axes that are not there, transforms of no elements, and complex input where it must be
// real; Error(unsupported) for longer lengths.

enum class Norm : std::uint8_t {
  backward,  // the inverse is divided by the length
  ortho,     // both are divided by its root
  forward,   // the forward transform is divided by it
};

struct FftLine {
  std::int64_t n = 0;  // length: the axis is cut or padded with zeros to it. 0: as it is; irfft: 2 * (extent - 1)
  int axis = -1;       // negative ones count from the end
  Norm norm = Norm::backward;
};
Array fft(const Array& x, const FftLine& = {});
Array ifft(const Array& x, const FftLine& = {});
Array rfft(const Array& x, const FftLine& = {});   // x real; the first n/2 + 1 elements, the others are conjugates
Array irfft(const Array& x, const FftLine& = {});  // real; x the first n/2 + 1 elements

struct FftPlane {
  std::vector<std::int64_t> s = {};  // lengths over the axes, as FftLine::n; none: all as they are
  std::vector<int> axes{-2, -1};     // one or more, distinct
  Norm norm = Norm::backward;
};
Array fft2(const Array& x, const FftPlane& = {});
Array ifft2(const Array& x, const FftPlane& = {});
Array rfft2(const Array& x, const FftPlane& = {});   // x real; half the spectrum over the last of the axes
Array irfft2(const Array& x, const FftPlane& = {});  // real

// Frequencies of the elements of fft and rfft, in cycles a unit of `spacing`: f64 [n], and [n/2 + 1].
Array fftfreq(std::int64_t n, double spacing = 1);
Array rfftfreq(std::int64_t n, double spacing = 1);

// The zero frequency to the middle of the axes (none: of all), and back. Any type; copies.
Array fftshift(const Array& x, const std::vector<int>& axes = {});
Array ifftshift(const Array& x, const std::vector<int>& axes = {});

}  // namespace fovea
