#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "fovea/array.h"

namespace fovea {

struct NpyHeader {
  DType dtype = DType::f32;
  bool swapped = false;  // big-endian
  bool fortran = false;
  Shape shape;
  std::size_t data_offset = 0;
  std::size_t data_bytes = 0;
};

// The bytes before the data, from the file's first 12 bytes (or all it has): at most 10,012. Errors: empty,
// unknown_format, truncated, unsupported, limit_metadata.
Result<std::size_t> npy_preamble_bytes(std::span<const std::byte> start);

// Reads the preamble of a .npy file, versions 1 to 3, from the file's first bytes.
Result<NpyHeader> parse_npy_header(std::span<const std::byte> file);

// A version 1 preamble, padded with spaces to a multiple of 64 bytes, or to `total` bytes. dtype must not be bf16.
std::string format_npy_header(DType dtype, const Shape& shape, std::size_t total = 0);

}  // namespace fovea
