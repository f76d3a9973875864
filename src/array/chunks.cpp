#include "fovea/chunks.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <string>

#include "base/threads.h"

namespace fovea {
namespace {

struct ChunkError final : Error, std::nested_exception {
  using Error::Error;
};

// Throws the exception that is being handled, nested in an Error that names the chunk.
[[noreturn]] void throw_named(const char* where, std::int64_t index) {
  const std::string start = std::string(where) + ": chunk " + std::to_string(index) + ": ";
  try {
    throw;
  } catch (const Error& error) {
    throw ChunkError(error.code(), start + error.what());
  } catch (const std::bad_alloc&) {
    throw ChunkError(Errc::out_of_memory, start + "out of memory");
  } catch (const std::exception& error) {
    throw ChunkError(Errc::internal, start + error.what());
  } catch (...) {
    throw ChunkError(Errc::internal, start + "an exception of no known type");
  }
}

}  // namespace

std::vector<Range> chunks(std::int64_t extent, std::int64_t parts) {
  if (extent < 0)
    throw Error(Errc::invalid_argument, "chunks: expected an extent of 0 or more, got " + std::to_string(extent));
  if (parts < 1) throw Error(Errc::invalid_argument, "chunks: expected 1 part or more, got " + std::to_string(parts));
  const std::int64_t length = extent / parts, longer = extent % parts;
  std::vector<Range> ranges;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t end = begin + length + (i < longer ? 1 : 0);
    ranges.push_back({begin, end});
    begin = end;
  }
  return ranges;
}

std::vector<Array> array_split(const Array& array, std::int64_t parts, int axis) {
  if (axis < -array.ndim() || axis >= array.ndim())
    throw Error(Errc::invalid_argument, "array_split: expected an axis below " + std::to_string(array.ndim()) +
                                            ", got " + std::to_string(axis));
  const std::int64_t extent = array.shape()[static_cast<std::size_t>(axis < 0 ? axis + array.ndim() : axis)];
  std::vector<Array> views;
  for (const Range& range : chunks(extent, parts)) views.push_back(array.slice(axis, {range.begin, range.end}));
  return views;
}

namespace detail {

// Indices are handed out in order, so those below a failed one have all started, and all of them end: the lowest index
// that fails does not depend on the threads.
void for_each_chunk(const char* where, std::int64_t count, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::int64_t failed_index = 0;
  std::exception_ptr failure;
  const auto take = [&] {
    while (!failed) {
      const std::int64_t index = next++;
      if (index >= count) return;
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure || index < failed_index) {
          failed_index = index;
          failure = std::current_exception();
        }
        failed = true;
      }
    }
  };
  parallel_for(std::min<std::int64_t>(count, usable_threads()), 1, [&](std::int64_t, std::int64_t) { take(); });
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (...) {
    throw_named(where, failed_index);
  }
}

std::int64_t chunk_count(const char* where, const Array& array, std::int64_t rows) {
  if (rows < 1)
    throw Error(Errc::invalid_argument,
                std::string(where) + ": expected chunks of 1 row or more, got " + std::to_string(rows));
  if (array.ndim() == 0 || array.shape()[0] == 0)
    throw Error(Errc::invalid_argument,
                std::string(where) + ": expected an array with rows, got shape " + to_string(array.shape()));
  return (array.shape()[0] - 1) / rows + 1;
}

}  // namespace detail
}  // namespace fovea
