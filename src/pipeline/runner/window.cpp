#include "pipeline/runner/window.h"

#include <utility>

namespace fovea::pipeline {

void Window::put(Row&& row) {
  const auto place = static_cast<std::size_t>(row.index - first_);
  if (rows_.size() <= place) rows_.resize(place + 1);
  bytes_ += static_cast<std::int64_t>(row.bytes.size());
  ++waiting_;
  rows_[place] = std::move(row);
}

std::vector<Row> Window::take() {
  std::vector<Row> rows;
  while (!rows_.empty() && rows_.front() && first_ < end_) {
    rows.push_back(std::move(*rows_.front()));
    bytes_ -= static_cast<std::int64_t>(rows.back().bytes.size());
    rows_.pop_front();
    ++first_;
    --waiting_;
  }
  return rows;
}

}  // namespace fovea::pipeline
