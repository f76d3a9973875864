#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "array/host.h"
#include "codec/pixels.h"
#include "fovea/filters.h"
#include "fovea/stats.h"

namespace fovea {
namespace {

constexpr std::size_t side = 32, waves = 8;  // of the small picture; the lowest ones each way that are kept

// cos(pi (2x + 1) u / 64) in units of 2^-20: transforms are sums of whole numbers below 2^58, exact, and those of a
// flat or a symmetric picture are exactly zero.
using Cosines = std::array<std::array<std::int64_t, side>, waves>;
const Cosines& cosines() {
  static const Cosines table = [] {
    Cosines made{};
    for (std::size_t u = 0; u < waves; ++u)
      for (std::size_t x = 0; x < side; ++x)
        made[u][x] =
            std::llround(std::cos(std::numbers::pi * static_cast<double>((2 * x + 1) * u) / (2 * side)) * (1 << 20));
    return made;
  }();
  return table;
}

std::array<std::int64_t, waves * waves> low_waves(std::span<const std::uint8_t> picture) {
  const Cosines& table = cosines();
  std::array<std::array<std::int64_t, side>, waves> across{};  // [u][y]
  for (std::size_t u = 0; u < waves; ++u)
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) across[u][y] += table[u][x] * picture[y * side + x];
  std::array<std::int64_t, waves * waves> both{};
  for (std::size_t v = 0; v < waves; ++v)
    for (std::size_t u = 0; u < waves; ++u)
      for (std::size_t y = 0; y < side; ++y) both[v * waves + u] += table[v][y] * across[u][y];
  return both;
}

Array luma_of(const Array& pixels) {
  const std::int64_t height = pixels.shape()[0], width = pixels.shape()[1];
  Array luma = Array::empty({height, width, 1}, DType::u8);
  codec::convert_row(pixels.span<std::uint8_t>().data(), codec::Layout::rgb, luma.span<std::uint8_t>().data(),
                     static_cast<std::size_t>(height * width), {1, -1});
  return luma;
}

}  // namespace

std::uint64_t perceptual_hash(const Array& pixels) {
  if (pixels.dtype() != DType::u8 || pixels.ndim() != 3 || pixels.size() == 0 ||
      (pixels.shape()[2] != 1 && pixels.shape()[2] != 3))
    throw Error(Errc::invalid_argument, "perceptual_hash: expected pixels u8 [height, width, 1 or 3], got " +
                                            std::string(name(pixels.dtype())) + " " + to_string(pixels.shape()));
  require_host("perceptual_hash", pixels);
  const Array whole = pixels.contiguous() ? pixels : pixels.copy();
  const Array small = resize(whole.shape()[2] == 1 ? whole : luma_of(whole), side, side, "lanczos");
  const auto coefficients = low_waves(small.span<std::uint8_t>());
  auto sorted = coefficients;
  std::sort(sorted.begin(), sorted.end());
  const std::int64_t median_twice = sorted[sorted.size() / 2 - 1] + sorted[sorted.size() / 2];
  std::uint64_t hash = 0;
  for (const std::int64_t c : coefficients) hash = hash << 1 | (2 * c > median_twice ? 1u : 0u);
  return hash;
}

}  // namespace fovea
