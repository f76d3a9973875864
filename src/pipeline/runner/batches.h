#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "fovea/array.h"
#include "fovea/row.h"

namespace fovea::pipeline {

// Prepared pictures that go through a network together. Which ones does not matter: no result depends on it.
struct Batch {
  Array pictures;  // f32 [places, slot...]
  std::vector<Row> rows;
  std::size_t claimed = 0, loaded = 0;
  bool sealed = false;  // takes no more
};

// A fixed number of batches that are filled in place, one at a time, by any number of threads. Not thread-safe.
class Batches {
 public:
  // No batches at all for an empty slot.
  Batches(std::size_t count, std::int64_t places, const Shape& slot);

  struct Place {
    Batch* batch = nullptr;
    std::size_t at = 0;
    Array slot() const { return batch->pictures[static_cast<std::int64_t>(at)]; }
  };
  bool has_place() const { return filling_ || !free_.empty(); }
  Place claim();
  // The picture of a place is there, or its row has an error.
  void loaded(const Place&, Row&&);
  // A batch begun, with all that it holds loaded: could go on as it is.
  bool has_partial() const { return filling_ && filling_->loaded == filling_->claimed; }
  // No more are coming: what has begun goes on as soon as it is loaded.
  void seal();

  std::size_t ready() const { return ready_.size(); }
  std::size_t count() const { return all_.size(); }
  Batch* take();  // a ready one
  void release(Batch*);
  bool idle() const { return free_.size() == all_.size(); }

 private:
  std::vector<std::unique_ptr<Batch>> all_;
  std::vector<Batch*> free_;
  std::deque<Batch*> ready_;
  Batch* filling_ = nullptr;
};

// The rows without an error, whose pictures are now the batch's first; failed ones leave their places to the last.
std::vector<Row*> close_gaps(Batch&);

}  // namespace fovea::pipeline
