#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "array/npy_header.h"

namespace fovea {

// The bytes of a .npy file, from wherever they come, in order.
struct NpySource {
  std::uint64_t size = 0;
  std::function<std::optional<Error>(std::span<std::byte>)> read;  // the next bytes
};

// Checks everything that the header and the size tell before it allocates the array.
Result<Array> read_npy(const NpySource&, std::int64_t max_bytes);

// The header alone, checked against the size.
Result<NpyHeader> read_npy_header(const NpySource&);

// max_bytes, or for 0 the memory of the machine or its control group. Throws Error(invalid_argument) when it is
// negative.
std::int64_t byte_limit(const char* where, std::int64_t max_bytes);

}  // namespace fovea
