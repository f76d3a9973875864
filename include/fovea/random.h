#pragma once
#include <cstdint>

#include "fovea/array.h"

namespace fovea {

// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC'11). Element i of a stream depends on the seed, the
// stream and i alone: the same bits for any shape, number of threads and processor, and a piece of a stream can be had
// by its offset without what lies in front. Streams of one seed, and seeds, are independent. The functions are
// thread-safe, work on all cores of the budget, and return new contiguous arrays.
struct RandomSource {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::int64_t offset = 0;  // elements of the stream to leave out in front; up to 2^52
};

// All throw Error(invalid_argument) for negative extents, shapes of 2^63 bytes and more, other types, and bounds that
// are not finite or not in order.

// Uniform on [low, high), in steps of (high - low) / 2^24 (f32) or 2^53 (f64).
Array random_uniform(const Shape&, double low = 0, double high = 1, DType = DType::f64, const RandomSource& = {});
// Normal, by Box and Muller's transform of pairs of elements: f32 reaches 6.6 standard deviations, f64 8.6.
Array random_normal(const Shape&, double mean = 0, double std = 1, DType = DType::f64, const RandomSource& = {});
// Whole numbers of [low, high), exactly uniform; any integer type that holds them.
Array random_integers(const Shape&, std::int64_t low, std::int64_t high, DType = DType::i64, const RandomSource& = {});
// A permutation of 0...n-1 as i64, each as probable as any other. The offset must be 0.
Array permutation(std::int64_t n, const RandomSource& = {});

}  // namespace fovea
