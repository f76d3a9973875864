#include "array/npy_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/machine.h"

namespace fovea {
namespace {

void swap_bytes(std::span<std::byte> bytes, std::size_t item) {
  for (std::size_t i = 0; i < bytes.size(); i += item)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.begin() + static_cast<std::ptrdiff_t>(i + item));
}

// A bool in memory is 0 or 1; a file may hold any byte.
void normalise_booleans(std::span<std::byte> bytes) {
  for (std::byte& byte : bytes) byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
}

}  // namespace

Result<NpyHeader> read_npy_header(const NpySource& source) {
  constexpr std::uint64_t first = 12;
  std::vector<std::byte> start(static_cast<std::size_t>(std::min(source.size, first)));
  if (auto error = source.read(start)) return *error;
  const Result<std::size_t> end = npy_preamble_bytes(start);
  if (!end) return end.error();
  const std::size_t have = start.size();
  start.resize(std::max<std::size_t>(have, std::min<std::uint64_t>(end.value(), source.size)));
  if (auto error = source.read(std::span(start).subspan(have))) return *error;
  Result<NpyHeader> header = parse_npy_header(start);
  if (!header) return header;
  const std::uint64_t data = source.size - header.value().data_offset;
  if (data != header.value().data_bytes)
    return Error(data < header.value().data_bytes ? Errc::truncated : Errc::corrupt,
                 "npy: expected " + std::to_string(header.value().data_bytes) + " bytes for shape " +
                     to_string(header.value().shape) + ", got " + std::to_string(data));
  return header;
}

Result<Array> read_npy(const NpySource& source, std::int64_t max_bytes) {
  const Result<NpyHeader> parsed = read_npy_header(source);
  if (!parsed) return parsed.error();
  const NpyHeader& header = parsed.value();
  if (header.data_bytes > static_cast<std::uint64_t>(max_bytes))
    return Error(Errc::limit_bytes, "npy: expected at most " + std::to_string(max_bytes) + " bytes of elements, got " +
                                        std::to_string(header.data_bytes) + " for shape " + to_string(header.shape));
  Shape shape = header.shape;
  if (header.fortran) std::reverse(shape.begin(), shape.end());
  const Array array = Array::empty(shape, header.dtype);
  const std::span<std::byte> values(array.data(), header.data_bytes);
  if (auto error = source.read(values)) return *error;
  if (header.swapped) swap_bytes(values, size_of(header.dtype) / (is_complex(header.dtype) ? 2 : 1));
  if (header.dtype == DType::boolean) normalise_booleans(values);
  return header.fortran && shape.size() > 1 ? array.transpose().copy() : array;
}

std::int64_t byte_limit(const char* where, std::int64_t max_bytes) {
  if (max_bytes < 0)
    throw Error(Errc::invalid_argument,
                std::string(where) + ": expected max_bytes of 0 or more, got " + std::to_string(max_bytes));
  if (max_bytes > 0) return max_bytes;
  static const std::int64_t memory = memory_bytes("/");
  return memory > 0 ? memory : std::numeric_limits<std::int64_t>::max();
}

}  // namespace fovea
