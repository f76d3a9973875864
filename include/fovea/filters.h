#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fovea/array.h"

namespace fovea {

// What lies outside an image a b c d:
enum class Border {
  reflect,   // d c b a | a b c d | d c b a  (scipy.ndimage's default; OpenCV's BORDER_REFLECT)
  nearest,   // a a a a | a b c d | d d d d  (BORDER_REPLICATE)
  wrap,      // a b c d | a b c d | a b c d  (BORDER_WRAP)
  mirror,    //   d c b | a b c d | c b a    (OpenCV's default, BORDER_REFLECT_101)
  constant,  // v v v v | a b c d | v v v v  (BORDER_CONSTANT)
};

// All filters take images [rows, columns] or [rows, columns, channels] of any strides, work on each channel alone and
// return a new contiguous array of the image's shape; empty images give empty results. Windows may be larger than the
// image, with every border. `value` is what lies outside for Border::constant, rounded and saturated to the element
// type. Results have the same bits for any number of threads. Thread-safe. They throw Error: invalid_argument for
// arguments out of range, unsupported for types that are not listed.

using Window = std::array<std::int64_t, 2>;  // rows, columns; 1 to 32767 each

// Mean over the window. The window of an even size reaches one further up and left, as SciPy's and OpenCV's.
// u8, u16, i16, i32, f16, f32, f64; the result has the same type. Integers are exact sums rounded once: u8 as
// cv2.blur rounds, bit for bit (windows of up to 256 elements: halves up, and for 2, 4, 8, ... 256 elements any mean
// above m + 1/2 - 1/elements up, OpenCV's way; larger ones: f32 product with the reciprocal, halves to even); the
// others to nearest, halves to even. Sums of floats are those of the window's own elements alone: no running sum
// carries an error, an infinity or NaN to the next place; error at most (rows + columns + 2) eps * mean(|window|).
// O(1) a place for large windows.
Array box_filter(const Array& image, Window size, Border = Border::reflect, double value = 0);

// Correlation with the sampled, normalised Gaussian of radius int(truncate * sigma + 0.5) on each axis; sigma 0 leaves
// an axis as it is. scipy.ndimage.gaussian_filter of order 0, but that u8, u16 and i16 results are sums in f32 rounded
// once, to nearest, halves to even. Also f16, f32 (both f32 sums) and f64. Sigmas in pixels, radius at most 32767.
Array gaussian_filter(const Array& image, std::array<double, 2> sigma, Border = Border::reflect, double truncate = 4,
                      double value = 0);
Array gaussian_filter(const Array& image, double sigma, Border = Border::reflect, double truncate = 4,
                      double value = 0);

// Derivative [-1 0 1] along `axis` (0: rows, 1: columns; negative ones count from -2) and [1 2 1] across it, as
// scipy.ndimage.sobel on each channel. u8 gives i16, exactly; f32 and f64 keep their type. sobel_magnitude is
// sqrt(row derivative^2 + column derivative^2), f32 for u8.
Array sobel(const Array& image, int axis, Border = Border::reflect, double value = 0);
Array sobel_magnitude(const Array& image, Border = Border::reflect, double value = 0);

// The element of rank count / 2 of the sorted window: scipy.ndimage.median_filter. NaN sorts last. u8, u16, i16, f32,
// f64. O(1) a place for u8; 3x3 and 5x5 windows of all types are fast; other windows O(window) a place.
Array median_filter(const Array& image, Window size, Border = Border::reflect, double value = 0);

// Scales an image [rows, columns, channels] as Pillow does, antialiased: filter is nearest, box, bilinear, hamming,
// bicubic or lanczos. u8 results are Pillow's to the bit; u16, f32 and f64 are sums in f64. Sizes 1 to 65535.
Array resize(const Array& image, std::int64_t height, std::int64_t width, const std::string& filter = "bilinear");

}  // namespace fovea
