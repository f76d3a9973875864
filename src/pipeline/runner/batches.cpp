#include "pipeline/runner/batches.h"

#include <cstring>
#include <utility>

namespace fovea::pipeline {

Batches::Batches(std::size_t count, std::int64_t places, const Shape& slot) {
  if (slot.empty()) return;
  Shape shape = slot;
  shape.insert(shape.begin(), places);
  for (std::size_t i = 0; i < count; ++i) {
    all_.push_back(std::make_unique<Batch>());
    all_.back()->pictures = Array::empty(shape, DType::f32);
    all_.back()->rows.resize(static_cast<std::size_t>(places));
    free_.push_back(all_.back().get());
  }
}

Batches::Place Batches::claim() {
  if (!filling_) {
    filling_ = free_.back();
    free_.pop_back();
    filling_->claimed = filling_->loaded = 0;
    filling_->sealed = false;
  }
  const Place place{filling_, filling_->claimed++};
  if (filling_->claimed == filling_->rows.size()) seal();
  return place;
}

void Batches::loaded(const Place& place, Row&& row) {
  Batch& batch = *place.batch;
  batch.rows[place.at] = std::move(row);
  if (++batch.loaded == batch.claimed && batch.sealed) ready_.push_back(&batch);
}

void Batches::seal() {
  if (!filling_) return;
  filling_->sealed = true;
  if (filling_->loaded == filling_->claimed) ready_.push_back(filling_);
  filling_ = nullptr;
}

Batch* Batches::take() {
  Batch* batch = ready_.front();
  ready_.pop_front();
  return batch;
}

void Batches::release(Batch* batch) {
  free_.push_back(batch);
}

std::vector<Row*> close_gaps(Batch& batch) {
  std::vector<Row*> rows;
  std::size_t end = batch.claimed;
  for (std::size_t place = 0; place < end; ++place) {
    if (!batch.rows[place].error) {
      rows.push_back(&batch.rows[place]);
      continue;
    }
    while (end > place + 1 && batch.rows[end - 1].error) --end;
    if (end == place + 1) break;
    --end;
    const Array to = batch.pictures[static_cast<std::int64_t>(place)],
                from = batch.pictures[static_cast<std::int64_t>(end)];
    std::memcpy(to.data(), from.data(), static_cast<std::size_t>(to.size()) * size_of(to.dtype()));
    rows.push_back(&batch.rows[end]);
  }
  return rows;
}

}  // namespace fovea::pipeline
