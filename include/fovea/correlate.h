#pragma once
#include "fovea/array.h"

namespace fovea {

// Which of the sums are kept, for an image of H rows and a kernel of h (columns alike):
enum class Overlap {
  full,   // H + h - 1: all where they touch
  same,   // H: centred, so that row (h - 1) / 2 (convolve2d: h / 2) of an oriented kernel lies on the output's row
  valid,  // H - h + 1: the kernel lies within the image; a kernel that is larger in both extents swaps places with it
};

// What lies outside the image a b c d, whatever the distance:
enum class Boundary {
  fill,     // v v v v | a b c d | v v v v, v being the fill value
  wrap,     // a b c d | a b c d | a b c d
  reflect,  // d c b a | a b c d | d c b a; SciPy's "symm"
  nearest,  // a a a a | a b c d | d d d d
};

// How the sums are computed. separable needs a kernel of rank one; fft needs f32 or f64. automatic takes the cheapest
// by a model of costs; it takes fft only where nothing is infinite, NaN, or so large that a spectrum could overflow.
enum class CorrelateMethod { automatic, direct, separable, fft };

struct CorrelateOptions {
  Overlap mode = Overlap::full;
  Boundary boundary = Boundary::fill;
  double fillvalue = 0;  // cast to the result's type; integers drop the fraction
  CorrelateMethod method = CorrelateMethod::automatic;
};

// y[m, n] = sum over i, j of image[m + i - top, n + j - left] * conj(kernel[i, j]), with SciPy's origin for each mode.
//
// image: [H, W], or [H, W, C] where each channel is correlated by itself; kernel: [h, w]; any strides, not empty. The
// result has the type that NumPy's promotion gives for the two (i32 beside f32: f64); bool is refused. Integer sums are
// exact modulo 2^bits of the result's type, as SciPy's are; f16 and bf16 are summed in f32 and rounded once.
//
// Error against exact sums, eps being that of the type summed in, k = h * w:
//   direct, separable: |err| <= (k + 8) * eps * sum |x| |kernel|. A kernel counts as of rank one where each element is
//     within 4 eps, relatively, of a column's times a row's element; integer kernels must be equal to such a product.
//   fft: |err| <= 2 * eps * log2(N) * ||x||_2 * ||kernel||_2, N and x being size and elements of the padded image.
// In valid mode with complex operands that swap places the result equals that part of full's (SciPy 1.17's
// correlate2d returns its conjugate).
//
// Runs on the caller's thread budget; the same bits for any number of threads. Thread-safe. Cost: direct H W h w,
// separable H W (h + w), fft H W log(H W). Throws Error: invalid_argument (shapes; a fill value out of range; separable
// or fft where they do not apply), unsupported (bool).
Array correlate2d(const Array& image, const Array& kernel, const CorrelateOptions& = {});

// The same with the kernel turned by 180 degrees and not conjugated.
Array convolve2d(const Array& image, const Array& kernel, const CorrelateOptions& = {});

}  // namespace fovea
