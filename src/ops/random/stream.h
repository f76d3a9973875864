#pragma once
#include <cmath>
#include <vector>

#include "array/shape.h"
#include "ops/op.h"
#include "ops/random/philox.h"

// What the ops that fill an array with random numbers share: their common parameters and the split of the work.
namespace fovea::ops {

struct RandomStream {
  std::vector<double> shape = {1};
  std::int64_t seed = 0, stream = 0, offset = 0;

  template <class F>
  void fields(F&& f) {
    f("shape", shape, "extents of the result", Range{0, 9007199254740992.0});
    f("seed", seed, "the generator's key, all 64 bits");
    f("stream", stream, "which of the seed's independent streams", Range{0, 4294967295.0});
    f("offset", offset, "elements of the stream to leave out in front", Range{0, 4503599627370496.0});
  }
  Generator generator() const {
    const auto bits = static_cast<std::uint64_t>(seed);
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32),
            static_cast<std::uint32_t>(stream)};
  }
};

inline TensorSpec random_spec(const char* op, const RandomStream& p, DType dtype) {
  TensorSpec spec{dtype, {}};
  for (const double extent : p.shape) {
    require(extent == std::floor(extent), op, "shape: expected whole numbers, got " + std::to_string(extent));
    spec.shape.push_back(static_cast<std::int64_t>(extent));
  }
  require(bytes_of(spec.shape, dtype).has_value(), op,
          "shape: expected fewer than 2^63 bytes, got " + to_string(spec.shape));
  return spec;
}

// Elements [offset, offset + size) of a stream of which each counter block gives `per_block`.
struct BlockRange {
  std::uint64_t offset;
  Index size;
  int per_block;
  std::uint64_t first() const { return offset / static_cast<std::uint64_t>(per_block); }
  Index blocks() const {
    return size == 0 ? 0
                     : static_cast<Index>((offset + static_cast<std::uint64_t>(size) - 1) /
                                          static_cast<std::uint64_t>(per_block)) -
                           static_cast<Index>(first()) + 1;
  }
};

#if !defined(__CUDACC__)
inline constexpr Index blocks_a_chunk = 256;

// fill(first, count, out) writes count * per_block elements. Chunks that stick out at either end go through scratch.
template <class T, int PerBlock, class Fill>
void fill_blocks(std::uint64_t offset, Index size, T* out, const Fill& fill) {
  const BlockRange range{offset, size, PerBlock};
  const Index blocks = range.blocks(), chunks = (blocks + blocks_a_chunk - 1) / blocks_a_chunk;
  const Index lead = static_cast<Index>(offset % PerBlock);
  parallel_for(chunks, 16, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) {
      const Index count = c + 1 < chunks ? blocks_a_chunk : blocks - c * blocks_a_chunk;
      const std::uint64_t first = range.first() + static_cast<std::uint64_t>(c * blocks_a_chunk);
      const Index at = c * blocks_a_chunk * PerBlock - lead;  // of the chunk's first element in the output
      if (at >= 0 && at + count * PerBlock <= size && count == blocks_a_chunk) {
        fill(first, count, out + at);
        continue;
      }
      T scratch[blocks_a_chunk * PerBlock];
      fill(first, blocks_a_chunk, scratch);
      for (Index k = 0; k < count * PerBlock; ++k)
        if (at + k >= 0 && at + k < size) out[at + k] = scratch[k];
    }
  });
}
#endif

}  // namespace fovea::ops
