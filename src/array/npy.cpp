#include "fovea/npy.h"

#include <mutex>

#include "array/host.h"
#include "array/npy_header.h"
#include "array/npy_reader.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/threads.h"

namespace fovea {
namespace {

// Pages of memory and of the file's cache are touched by all threads.
std::optional<Error> read_parallel(const InputFile& file, std::int64_t offset, std::span<std::byte> to) {
  constexpr std::int64_t grain = std::int64_t{8} << 20;
  std::mutex mutex;
  std::optional<Error> failure;
  parallel_for(static_cast<std::int64_t>(to.size()), grain, [&](std::int64_t begin, std::int64_t end) {
    auto error =
        file.read(offset + begin, to.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    const std::lock_guard lock(mutex);
    if (error && !failure) failure = std::move(error);
  });
  return failure;
}

}  // namespace

Result<Array> load_npy(const std::filesystem::path& path, std::int64_t max_bytes) {
  const std::int64_t limit = byte_limit("load_npy", max_bytes);
  const Result<InputFile> file = InputFile::open(path);
  if (!file) return file.error();
  std::int64_t offset = 0;
  const NpySource source{static_cast<std::uint64_t>(file.value().size()), [&](std::span<std::byte> to) {
                           auto error = read_parallel(file.value(), offset, to);
                           offset += static_cast<std::int64_t>(to.size());
                           return error;
                         }};
  Result<Array> array = read_npy(source, limit);
  if (!array) return array;
  if (auto error = file.value().check_unchanged()) return *error;
  return array;
}

void save_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = format_npy_header(array.dtype(), array.shape());
  require_host("save_npy", array);
  const Array values = array.contiguous() ? array : array.copy();
  OutputFile file = OutputFile::replacing(path);
  file.write(std::as_bytes(std::span(header)));
  file.write({values.data(), static_cast<std::size_t>(values.size()) * size_of(values.dtype())});
  file.commit();
}

}  // namespace fovea
