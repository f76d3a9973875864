// What workers do with pictures: load them, and take batches through the network.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "device/profiler.h"
#include "pipeline/runner/runner.h"

namespace fovea::pipeline {
namespace {

// What `work` throws becomes the row's error.
template <class Work>
void guard(Row& row, Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    row.error = error;
  } catch (const std::bad_alloc&) {
    row.error = Error(Errc::out_of_memory, "out of memory");
  } catch (const std::exception& error) {
    row.error = Error(Errc::internal, error.what());
  }
}

// A device that is gone fails every later batch.
bool ends_the_run(const std::exception& error) {
  const auto* known = dynamic_cast<const Error*>(&error);
  return known &&
         (known->code() == Errc::device || known->code() == Errc::device_lost || known->code() == Errc::device_memory);
}

}  // namespace

void Runner::load(Worker& worker, Lock& lock) {
  Arrival arrival = next_input();
  Row row;
  row.index = arrival.index;
  row.path = std::move(arrival.path);
  now_doing(worker, "loading", row.path);
  const bool batched = batches_.count() > 0;
  const Batches::Place place = batched ? batches_.claim() : Batches::Place{};
  ++loading_;
  lock.unlock();
  guard(row, [&] {
    Deadline deadline(options_.fetch.timeout - arrival.seconds);
    const Picture picture = picture_of(worker, arrival.content);
    worker.stage->load(picture, row, batched ? place.slot() : Array(), budget_, deadline);
  });
  arrival.content = Error(Errc::internal, "");
  lock.lock();
  --loading_;
  ++progress_;
  if (batched) {
    batches_.loaded(place, std::move(row));
    measure();
    changed_.notify_all();
  } else {
    window_.put(std::move(row));
    emit(lock);
  }
}

Picture Runner::picture_of(Worker& worker, const Content& content) const {
  if (const auto* file = std::get_if<FileContent>(&content)) {
    const profiler::Scope span(Activity::stage, "read");
    const Clock::time_point start = Clock::now();
    Result<std::span<const std::byte>> bytes = worker.reader.read(file->path, options_.limits.max_encoded_bytes);
    worker.read_seconds += seconds_since(start);
    ++worker.read;
    return bytes.value();
  }
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&content)) return std::span<const std::byte>(*bytes);
  if (const auto* bytes = std::get_if<std::span<const std::byte>>(&content)) return *bytes;
  if (const auto* error = std::get_if<Error>(&content)) throw *error;
  return std::get<Array>(content);
}

// Beside devices the CPU takes batches only when all devices are busy and there is more than they will take next.
bool Runner::takes_batch(const Worker& worker) const {
  if (!worker.infers || batches_.ready() == 0) return false;
  if (!worker.loads || devices_ == 0) return true;
  return devices_idle_ == 0 && batches_.ready() * 2 > batches_.count();
}

// The CPU takes one, a device as many as are ready and fit into its batch.
std::vector<Batch*> Runner::take_batches(const Worker& worker) {
  std::size_t most = 1;
  if (worker.device != Device::cpu())
    most = static_cast<std::size_t>(std::max(task_.batch(worker.device) / std::max(task_.batch(Device::cpu()), 1), 1));
  std::vector<Batch*> batches;
  while (batches.size() < most && batches_.ready() > 0) batches.push_back(batches_.take());
  return batches;
}

void Runner::process(Worker& worker, Lock& lock) {
  const std::vector<Batch*> batches = take_batches(worker);
  now_doing(worker, "inferring", batches.front()->rows.front().path);
  ++processing_;
  measure();
  lock.unlock();
  std::vector<std::vector<Row*>> rows;
  for (Batch* batch : batches) rows.push_back(close_gaps(*batch));
  const Clock::time_point start = Clock::now();
  const bool complete = infer(worker, batches, rows);
  worker.infer_seconds += seconds_since(start);
  lock.lock();
  --processing_;
  ++progress_;
  for (Batch* batch : batches) {
    for (std::size_t place = 0; place < batch->claimed; ++place) {
      Row& row = batch->rows[place];
      if (complete || row.error)
        window_.put(std::move(row));
      else
        window_.abandon(row.index);
    }
    batches_.release(batch);
  }
  emit(lock);
  measure();
  changed_.notify_all();
}

// False when the device failed: then the rows are not complete, and the run ends.
bool Runner::infer(Worker& worker, const std::vector<Batch*>& batches, const std::vector<std::vector<Row*>>& rows) {
  std::vector<Row*> all;
  for (const std::vector<Row*>& some : rows) all.insert(all.end(), some.begin(), some.end());
  worker.pictures += static_cast<std::int64_t>(all.size());
  if (all.empty()) return true;
  try {
    worker.stage->process(gathered(worker, batches, rows), all);
  } catch (const std::exception& error) {
    if (ends_the_run(error)) {
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = std::current_exception();
      ended_early_ = true;
      return false;
    }
    for (Row* row : all) guard(*row, [] { throw; });
  }
  return true;
}

// One array for the pictures of several batches.
Array Runner::gathered(Worker& worker, const std::vector<Batch*>& batches, const std::vector<std::vector<Row*>>& rows) {
  if (batches.size() == 1) return batches.front()->pictures;
  Shape shape = batches.front()->pictures.shape();
  shape[0] = task_.batch(worker.device);
  if (worker.together.shape() != shape) worker.together = Array::empty(shape, DType::f32);
  auto* to = static_cast<std::byte*>(worker.together.data());
  for (std::size_t k = 0; k < batches.size(); ++k) {
    const Array from = batches[k]->pictures.slice(0, {0, static_cast<std::int64_t>(rows[k].size())});
    const std::size_t bytes = static_cast<std::size_t>(from.size()) * sizeof(float);
    std::memcpy(to, from.data(), bytes);
    to += bytes;
  }
  return worker.together;
}

}  // namespace fovea::pipeline
