#pragma once
#include <cstdint>

namespace fovea {

// Each does `turns` of its loop and returns the operations done. The processor must have the instructions.
double dot_bf16_vectors(std::int64_t turns);
double dot_i8_vectors(std::int64_t turns);
double dot_bf16_tiles(std::int64_t turns);
double dot_i8_tiles(std::int64_t turns);

struct DotInstructions {
  bool bf16_vectors = false, i8_vectors = false, bf16_tiles = false, i8_tiles = false;
};
DotInstructions dot_instructions();  // of this processor; for tiles also asks the system for leave

}  // namespace fovea
