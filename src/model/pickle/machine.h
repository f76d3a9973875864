#pragma once
#include <cstddef>
#include <span>

#include "model/pickle/value.h"

namespace fovea::model::pickle {

struct Limits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t objects = std::size_t{1} << 20;
  std::size_t stack = std::size_t{1} << 20;
  std::size_t items = std::size_t{1} << 22;  // of all containers together
  int depth = 100;                           // of containers within containers
};

// Reads one pickle of protocols 2 to 5 from the start of `bytes`. Only plain data, storages and tensors come out;
// nothing is imported, called or built beyond them, and no step recurses on what the file says.
// Errors: pickle_opcode, pickle_global, corrupt, truncated, unsupported, limit_metadata; each tells the byte.
Result<Pickle> read_pickle(std::span<const std::byte> bytes, const Limits& = {});

}  // namespace fovea::model::pickle
