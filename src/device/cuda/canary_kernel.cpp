#include "device/cuda/canary_kernel.h"

#include <array>
#include <bit>
#include <cmath>

namespace fovea {
namespace {

constexpr int steps = 32;

std::uint32_t lane_word(std::uint32_t lane, std::uint32_t seed) {
  std::uint32_t x = lane * 2654435769u + seed;
  float f = std::bit_cast<float>((x & 0x7fffffu) | 0x3f000000u);  // [0.5, 1)
  double d = f;
  for (int step = 0; step < steps; ++step) {
    x = x * 1664525u + 1013904223u;
    x ^= x >> 13;
    f = std::fma(-f, f, 1.9f);
    x ^= std::bit_cast<std::uint32_t>(f);
    d = std::fma(-d, d, 1.9);
    x ^= static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(d));
  }
  return x;
}

}  // namespace

std::uint32_t canary_digest(std::uint32_t seed) {
  std::array<std::uint32_t, canary_lanes> words{};
  for (std::uint32_t lane = 0; lane < canary_lanes; ++lane) words[lane] = lane_word(lane, seed);
  for (std::size_t half = canary_lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) words[lane] = words[lane] * 31 + words[lane + half];
  return words[0];
}

}  // namespace fovea
