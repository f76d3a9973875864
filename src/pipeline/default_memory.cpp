#include "pipeline/default_memory.h"

#include <algorithm>

#include "base/machine.h"

namespace fovea::pipeline {

std::int64_t default_memory(const std::filesystem::path& root) {
  constexpr std::int64_t least = std::int64_t{64} << 20;
  return std::max((memory_bytes(root) - resident_bytes(root)) / 2, least);
}

}  // namespace fovea::pipeline
