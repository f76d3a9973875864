#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

#include "fovea/row.h"

namespace fovea::pipeline {

// Rows that are complete but wait for those before them. Not thread-safe.
class Window {
 public:
  // Inputs further ahead of the oldest unfinished one than `rows`, or whose kept files are more than `bytes` together,
  // are not begun.
  Window(std::int64_t rows, std::int64_t bytes) : most_rows_(rows), most_bytes_(bytes) {}

  bool has_room(std::int64_t next_index) const { return next_index - first_ < most_rows_ && bytes_ < most_bytes_; }
  void widen(std::int64_t rows) { most_rows_ = std::max(most_rows_, rows); }
  void put(Row&&);
  // Input `index` will have no row: nothing from there on is handed over.
  void abandon(std::int64_t index) { end_ = index < end_ ? index : end_; }
  // The rows that are next in order.
  std::vector<Row> take();

  std::int64_t waiting() const { return waiting_; }
  std::int64_t first() const { return first_; }  // the input whose row comes next
  std::int64_t end() const { return end_; }      // the first abandoned input
  std::int64_t capacity() const { return most_rows_; }

 private:
  std::int64_t most_rows_;
  const std::int64_t most_bytes_;
  std::deque<std::optional<Row>> rows_;  // of inputs first_, first_ + 1, …
  std::int64_t first_ = 0, end_ = std::numeric_limits<std::int64_t>::max(), waiting_ = 0, bytes_ = 0;
};

}  // namespace fovea::pipeline
