#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "array/host.h"
#include "array/npy_reader.h"
#include "array/shape.h"
#include "base/checked.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/system_error.h"
#include "fovea/npy.h"

namespace fovea {
namespace {

Result<Array> map_file(int descriptor, std::size_t size, const NpyHeader& header, bool writing) {
  void* block = ::mmap(nullptr, size, PROT_READ | (writing ? PROT_WRITE : 0), MAP_SHARED, descriptor, 0);
  if (block == MAP_FAILED) return system_error("map", errno);
  const std::shared_ptr<const void> owner(block,
                                          [size](const void* pointer) { ::munmap(const_cast<void*>(pointer), size); });
  Shape shape = header.shape;
  if (header.fortran) std::reverse(shape.begin(), shape.end());
  Array array =
      Array::borrow(static_cast<std::byte*>(block) + header.data_offset, std::move(shape), header.dtype, owner);
  if (header.fortran) array = array.transpose();
  return writing ? array : array.read_only();
}

std::optional<Error> check_mappable(const NpyHeader& header) {
  const auto refuse = [](const std::string& message) { return Error(Errc::unsupported, "map: " + message); };
  if (header.swapped) return refuse("expected little-endian elements, got big-endian ones; use load_npy()");
  const std::size_t alignment = size_of(header.dtype) / (is_complex(header.dtype) ? 2 : 1);
  if (header.data_offset % alignment != 0)
    return refuse("expected elements at a multiple of " + std::to_string(alignment) + " bytes, got offset " +
                  std::to_string(header.data_offset) + "; use load_npy()");
  return std::nullopt;
}

}  // namespace

Result<Array> map_npy(const std::filesystem::path& path, MapMode mode) {
  const bool writing = mode == MapMode::read_write;
  const Result<InputFile> file = InputFile::open(path, std::numeric_limits<std::int64_t>::max(), writing);
  if (!file) return file.error();
  std::int64_t offset = 0;
  const NpySource source{static_cast<std::uint64_t>(file.value().size()), [&](std::span<std::byte> to) {
                           auto error = file.value().read(offset, to);
                           offset += static_cast<std::int64_t>(to.size());
                           return error;
                         }};
  const Result<NpyHeader> header = read_npy_header(source);
  if (!header) return header.error();
  if (auto error = check_mappable(header.value())) return *error;
  Result<Array> array =
      map_file(file.value().descriptor(), static_cast<std::size_t>(file.value().size()), header.value(), writing);
  if (!array || header.value().dtype != DType::boolean) return array;
  const std::byte* bytes = array.value().data();
  if (!std::all_of(bytes, bytes + header.value().data_bytes, [](std::byte b) { return b <= std::byte{1}; }))
    return Error(Errc::unsupported, "map: expected 0 and 1 as bool, got other bytes; use load_npy()");
  return array;
}

Array map_npy_new(const std::filesystem::path& path, DType dtype, Shape shape) {
  const std::size_t bytes = checked_bytes("map_npy_new", shape, dtype);
  NpyHeader header;
  const std::string text = format_npy_header(dtype, shape);
  header.dtype = dtype;
  header.shape = std::move(shape);
  header.data_offset = text.size();
  const auto size = checked_add(static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(text.size()));
  if (!size) throw Error(Errc::invalid_argument, "map_npy_new: expected a file of less than 2^63 bytes, got more");
  OutputFile file = OutputFile::replacing(path);
  file.write(std::as_bytes(std::span(text)));
  file.extend(*size);
  Array array = map_file(file.descriptor(), static_cast<std::size_t>(*size), header, true).value();
  file.commit();
  return array;
}

void flush(const Array& array) {
  require_host("flush", array);
  if (array.size() == 0) return;
  std::int64_t low = 0, high = 0;  // of the elements' offsets
  for (std::size_t k = 0; k < array.shape().size(); ++k) {
    const std::int64_t reach = (array.shape()[k] - 1) * array.strides()[k];
    (reach < 0 ? low : high) += reach;
  }
  const auto item = static_cast<std::int64_t>(size_of(array.dtype()));
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(array.data() + low * item) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(array.data() + (high + 1) * item);
  if (::msync(reinterpret_cast<void*>(begin), end - begin, MS_SYNC) != 0) throw system_error("flush", errno);
}

}  // namespace fovea
