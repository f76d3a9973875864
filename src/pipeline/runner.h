#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "fovea/array.h"
#include "fovea/row.h"

namespace fovea::pipeline {

// What a run does with its inputs. One a worker thread.
class Stage {
 public:
  virtual ~Stage() = default;
  // Makes input `row.index` ready in `slot`, a place of the batch; on failure sets row.error. Throws nothing else than
  // std::exception.
  virtual void load(Row& row, const Array& slot) = 0;
  // Completes rows whose pictures are batch[0, rows.size()). What it throws becomes the rows' error; an Error of the
  // device ends the run as well.
  virtual void process(const Array& batch, std::span<Row*> rows) = 0;
  // Adds this worker's busy seconds.
  virtual void add_times(std::vector<StageTime>&) const = 0;
};

struct RunOptions {
  std::int64_t inputs = 0;
  int workers = 1;
  int batch = 8;  // pictures that are processed together
  Shape slot;     // of one picture, f32
  std::optional<std::int64_t> max_failures;
};

// Feeds inputs 0, 1, 2… through the workers and hands each row to `sink` in that order, from one thread at a time.
// Every worker does whichever job there is: process a full batch, else load the next input; so cores are never idle
// while there is work, and never more threads run than `workers`. Memory is workers + 2 batches, filled in place.
Report run(const RunOptions&, const std::function<std::unique_ptr<Stage>()>& make_stage,
           const std::function<void(Row&&)>& sink, std::stop_token,
           const std::function<void(const Progress&)>& progress);

}  // namespace fovea::pipeline
