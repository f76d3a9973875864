#include <algorithm>
#include <cstring>

#include "array/npy_header.h"
#include "base/file.h"
#include "base/output_file.h"
#include "fovea/array.h"

namespace fovea {
namespace {

constexpr std::size_t alignment = 64;

void swap_bytes(std::span<std::byte> bytes, std::size_t item) {
  for (std::size_t i = 0; i < bytes.size(); i += item)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.begin() + static_cast<std::ptrdiff_t>(i + item));
}

// A bool in memory is 0 or 1; a file may hold any byte.
void normalise_booleans(std::span<std::byte> bytes) {
  for (std::byte& byte : bytes) byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
}

}  // namespace

Result<Array> load_npy(const std::filesystem::path& path) {
  const Result<FileBytes> file = read_file(path, std::numeric_limits<std::int64_t>::max());
  if (!file) return file.error();
  const FileBytes& bytes = file.value();
  Result<NpyHeader> parsed = parse_npy_header(bytes.bytes());
  if (!parsed) return parsed.error();
  const NpyHeader& header = parsed.value();
  const std::size_t have = bytes.size - header.data_offset;
  if (have != header.data_bytes)
    return Error(have < header.data_bytes ? Errc::truncated : Errc::corrupt,
                 "npy: expected " + std::to_string(header.data_bytes) + " bytes for shape " + to_string(header.shape) +
                     ", got " + std::to_string(have));

  Shape shape = header.shape;
  if (header.fortran) std::reverse(shape.begin(), shape.end());
  // Nobody else has these bytes, so that they may be written to.
  auto* data = const_cast<std::byte*>(bytes.data.get()) + header.data_offset;
  Array array;
  if (header.data_offset % alignment == 0) {
    array = Array::borrow(data, shape, header.dtype, bytes.data);
  } else {
    array = Array::empty(shape, header.dtype);
    if (have != 0) std::memcpy(array.data(), data, have);
  }
  const std::span<std::byte> values(array.data(), have);
  if (header.swapped) swap_bytes(values, size_of(header.dtype) / (is_complex(header.dtype) ? 2 : 1));
  if (header.dtype == DType::boolean) normalise_booleans(values);
  return header.fortran && shape.size() > 1 ? array.transpose().copy() : array;
}

void save_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = format_npy_header(array.dtype(), array.shape());
  const Array values = array.contiguous() && array.device() == Device::cpu() ? array : array.copy();
  OutputFile file = OutputFile::replacing(path);
  file.write(std::as_bytes(std::span(header)));
  file.write({values.data(), static_cast<std::size_t>(values.size()) * size_of(values.dtype())});
  file.commit();
}

}  // namespace fovea
