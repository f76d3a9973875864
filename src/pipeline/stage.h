#pragma once
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "fovea/array.h"
#include "fovea/row.h"
#include "pipeline/budget.h"
#include "pipeline/deadline.h"

namespace fovea::pipeline {

// The bytes of a file, or pixels u8 [height, width, channels].
using Picture = std::variant<std::span<const std::byte>, Array>;

// What one thread does with its pictures. Not thread-safe: each thread has its own.
class Stage {
 public:
  virtual ~Stage() = default;
  // Completes the row; or, if the task has slots, prepares the picture in its place of a batch and leaves the rest to
  // process(). On failure sets row.error or throws std::exception. Decoded pixels are admitted by the budget; work
  // that may take long heeds the deadline.
  virtual void load(const Picture&, Row& row, const Array& slot, Budget&, Deadline) = 0;
  // Completes rows whose pictures are batch[0, rows.size()). What it throws becomes the rows' error; an Error of the
  // device ends the run instead, and these rows are not handed over.
  virtual void process(const Array& /*batch*/, std::span<Row*> /*rows*/) {}
  // Adds what this thread did so far to the totals.
  virtual void add_times(std::vector<StageTime>&) const = 0;
};

}  // namespace fovea::pipeline
