#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "fovea/array.h"

namespace fovea {

struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

// `parts` ranges that cover [0, extent) in order, as numpy.array_split: the first extent % parts have one element more;
// some are empty when there are fewer elements than parts. Throws Error(invalid_argument) unless 1 <= parts.
std::vector<Range> chunks(std::int64_t extent, std::int64_t parts);
// The same of an array's axis, as views. A negative axis counts from the end.
std::vector<Array> array_split(const Array&, std::int64_t parts, int axis = 0);

namespace detail {
// work(0) .. work(count - 1) over the thread budget, each index to the next free thread. After an exception no further
// ones start; that of the lowest index comes out, nested in an Error that names it.
void for_each_chunk(const char* where, std::int64_t count, const std::function<void(std::int64_t)>& work);
std::int64_t chunk_count(const char* where, const Array&, std::int64_t rows);
}  // namespace detail

// map(view, index) -> T of every `rows` rows of the first axis (the last view may have fewer), at once on the threads
// of the budget, which take the next view as they get free; then combine(T, T) -> T of neighbours, in order, in a tree
// that depends on the number of views alone: the same result for any number of threads. All results are held until
// then. Of a memory map only the pages in work are read. `map` runs on several threads; calls of this library from
// within it run on one thread. An exception of `map` stops the work and comes out as an Error (with its code, or
// internal) with the exception nested in it, "chunk 7: ...". Throws Error(invalid_argument) for an array without rows,
// and rows < 1.
template <class Map, class Combine>
auto parallel_map_reduce(const Array& array, std::int64_t rows, Map&& map, Combine&& combine) {
  using T = std::decay_t<std::invoke_result_t<Map&, Array, std::int64_t>>;
  const std::int64_t count = detail::chunk_count("parallel_map_reduce", array, rows);
  std::vector<std::optional<T>> results(static_cast<std::size_t>(count));
  detail::for_each_chunk("parallel_map_reduce", count, [&](std::int64_t index) {
    const std::int64_t begin = index * rows;
    const std::int64_t end = array.shape()[0] - begin < rows ? array.shape()[0] : begin + rows;
    results[static_cast<std::size_t>(index)].emplace(map(array.slice(0, {begin, end}), index));
  });
  for (std::size_t step = 1; step < results.size(); step *= 2)
    for (std::size_t k = 0; k + step < results.size(); k += 2 * step) {
      results[k].emplace(combine(std::move(*results[k]), std::move(*results[k + step])));
      results[k + step].reset();
    }
  return std::move(*results[0]);
}

}  // namespace fovea
