#pragma once
#include <cstdint>

// Arithmetic whose result is known: 32 steps of integers, f32 and f64 in each of 128 lanes, whose ends are folded
// through shared memory into one word that a wrong bit anywhere changes.
namespace fovea {

extern "C" const char fovea_canary_kernel[];  // canary.ptx: PTX of a kernel fovea_canary(out, seed)

inline constexpr unsigned canary_lanes = 128;

// What each block leaves.
struct CanaryResult {
  std::uint32_t digest, multiprocessor;
};
// The same by the host: what the digest must be.
std::uint32_t canary_digest(std::uint32_t seed);

}  // namespace fovea
