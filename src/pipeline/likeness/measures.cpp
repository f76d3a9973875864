#include "pipeline/likeness/measures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "codec/pixels.h"

namespace fovea::pipeline {
namespace {

__extension__ using Wide = __int128;  // squared sums of a large picture do not fit into 64 bits

// Terms whose squares, of at most (4 * 255)^2, 32 bits hold a sum of.
constexpr std::int64_t terms = 1024;

// Of every third sample, in lanes that a vector holds.
void add_row(const std::uint8_t* samples, std::int64_t count, std::array<Moments, 3>& channels) {
  constexpr std::int64_t lanes = 48;
  for (std::int64_t begin = 0; begin < count; begin += lanes * terms) {
    const std::int64_t end = std::min(count, begin + lanes * terms);
    std::uint32_t sums[lanes] = {}, squares[lanes] = {};
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes)
      for (std::int64_t k = 0; k < lanes; ++k) {
        const std::uint32_t v = samples[i + k];
        sums[k] += v;
        squares[k] += v * v;
      }
    for (std::int64_t k = 0; i + k < end; ++k) {
      const std::uint32_t v = samples[i + k];
      sums[k] += v;
      squares[k] += v * v;
    }
    for (std::size_t k = 0; k < lanes; ++k) {
      channels[k % 3].sum += sums[k];
      channels[k % 3].squares += squares[k];
    }
  }
}

void add_luma(const std::uint8_t* row, std::int64_t width, Moments& luma) {
  for (std::int64_t begin = 0; begin < width; begin += terms) {
    const std::int64_t end = std::min(width, begin + terms);
    std::uint32_t sum = 0, squares = 0;
    for (std::int64_t x = begin; x < end; ++x) {
      const std::uint32_t v = row[x];
      sum += v;
      squares += v * v;
    }
    luma.sum += sum;
    luma.squares += squares;
  }
}

// above + below + left + right - 4 * middle. Outside its edges the picture is mirrored about the edge pixels.
void add_laplacian(const std::uint8_t* above, const std::uint8_t* row, const std::uint8_t* below, std::int64_t width,
                   Moments& laplacian) {
  const auto add = [&](std::int64_t x, std::int64_t left, std::int64_t right) {
    const std::int64_t v = above[x] + below[x] + row[left] + row[right] - 4 * row[x];
    laplacian.sum += v;
    laplacian.squares += v * v;
  };
  const std::int64_t last = width - 1;
  add(0, std::min<std::int64_t>(1, last), std::min<std::int64_t>(1, last));
  if (last > 0) add(last, last - 1, last - 1);
  for (std::int64_t begin = 1; begin < last; begin += terms) {
    const std::int64_t end = std::min(last, begin + terms);
    std::int32_t sum = 0, squares = 0;
    for (std::int64_t x = begin; x < end; ++x) {
      const std::int32_t v = above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x];
      sum += v;
      squares += v * v;
    }
    laplacian.sum += sum;
    laplacian.squares += squares;
  }
}

}  // namespace

double Moments::mean() const {
  return static_cast<double>(sum) / static_cast<double>(count);
}

double Moments::variance() const {
  const Wide n = count;
  return static_cast<double>(n * squares - Wide{sum} * sum) / static_cast<double>(n * n);
}

Measures measure(const Array& pixels, const Array& luma) {
  const std::int64_t height = pixels.shape()[0], width = pixels.shape()[1];
  const auto* colours = pixels.span<std::uint8_t>().data();
  auto* const grey = luma.span<std::uint8_t>().data();
  Measures measures;
  for (Moments& channel : measures.channels) channel.count = height * width;
  measures.luma.count = measures.laplacian.count = height * width;
  const auto laplacian = [&](std::int64_t y) {
    const std::int64_t above = std::min<std::int64_t>(std::abs(y - 1), height - 1),
                       below = y + 1 < height ? y + 1 : std::max<std::int64_t>(0, height - 2);
    add_laplacian(grey + above * width, grey + y * width, grey + below * width, width, measures.laplacian);
  };
  for (std::int64_t y = 0; y < height; ++y) {
    const std::uint8_t* row = colours + y * width * 3;
    codec::convert_row(row, codec::Layout::rgb, grey + y * width, static_cast<std::size_t>(width), {1, -1});
    add_row(row, width * 3, measures.channels);
    add_luma(grey + y * width, width, measures.luma);
    if (y > 0) laplacian(y - 1);
  }
  laplacian(height - 1);
  return measures;
}

}  // namespace fovea::pipeline
