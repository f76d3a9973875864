#include "model/stream_session.h"

#include <cstring>
#include <deque>

#include "base/threads.h"
#include "model/buckets.h"

namespace fovea::model {
namespace {

std::int64_t bytes_of(const Array& array) {
  return array.size() * static_cast<std::int64_t>(size_of(array.dtype()));
}

// Pictures to page-locked memory, zeros behind them.
void fill(const Array& slot, const Array& pictures) {
  const std::int64_t bytes = bytes_of(pictures), rest = bytes_of(slot) - bytes;
  constexpr std::int64_t grain = std::int64_t{1} << 20;
  parallel_for(bytes, grain, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(slot.data() + begin, pictures.data() + begin, static_cast<std::size_t>(end - begin));
  });
  if (rest > 0) std::memset(slot.data() + bytes, 0, static_cast<std::size_t>(rest));
}

}  // namespace

StreamSession::StreamSession(const Graph& graph, std::int64_t side, std::int64_t values, Device device)
    : StreamSession(graph, side, values, device, Options{}) {}

StreamSession::StreamSession(const Graph& graph, std::int64_t side, std::int64_t values, Device device, Options options)
    : channels_(graph.channels),
      side_(side),
      values_(values),
      device_(device),
      memory_(options.memory ? options.memory : device_memory(device)),
      most_slots_(options.slots),
      to_device_(device),
      compute_(device),
      to_host_(device),
      largest_(options.most_pictures),
      network_(graph, side, device, memory_) {
  counts_.largest = largest_;
}

StreamSession::~StreamSession() {
  settle();
}

DeviceRuns StreamSession::counts() const {
  const std::lock_guard lock(order_);
  return counts_;
}

void StreamSession::run(const Array& input, const Array& output) {
  {
    const std::lock_guard lock(order_);
    const std::int64_t count = input.shape()[0];
    ++counts_.batches;
    counts_.pictures += count;
    counts_.split += count > 0 && next_piece(count, counts_.largest).pictures < count;
  }
  for (std::int64_t done = 0;;) {
    std::int64_t largest = 0;
    try {
      const std::shared_lock lock(size_);
      largest = largest_;
      return run_pieces(input, output, done);
    } catch (const Error& error) {
      if (!memory_ran_out(error)) throw;
      shrink(largest, error);
    }
  }
}

// Pieces land in order, so `done` pictures are complete whatever happens. A caller that has pieces in flight never
// waits for another's slot: it lands its own first, so none waits for ever.
void StreamSession::run_pieces(const Array& input, const Array& output, std::int64_t& done) {
  const std::int64_t count = input.shape()[0];
  std::deque<Flight> flights;
  const auto land_first = [&] {
    land(flights.front(), output);
    done = flights.front().begin + flights.front().pictures;
    give_back(std::move(flights.front().slot));
    flights.pop_front();
  };
  try {
    for (std::int64_t next = done; next < count;) {
      const Piece piece = next_piece(count - next, largest_);
      std::unique_ptr<Slot> slot = take_slot(flights.empty());
      if (!slot) {
        land_first();
        continue;
      }
      flights.push_back({std::move(slot), next, piece.pictures});
      enqueue(*flights.back().slot, input.slice(0, {next, next + piece.pictures}), piece.bucket);
      next += piece.pictures;
    }
    while (!flights.empty()) land_first();
  } catch (...) {
    if (!flights.empty()) settle();
    for (Flight& flight : flights) give_back(std::move(flight.slot));
    throw;
  }
}

std::unique_ptr<Slot> StreamSession::take_slot(bool wait) {
  std::unique_lock lock(slots_mutex_);
  for (;;) {
    if (!idle_.empty()) {
      auto slot = std::move(idle_.back());
      idle_.pop_back();
      return slot;
    }
    if (made_ < most_slots_) {
      auto slot =
          std::make_unique<Slot>(Shape{largest_, channels_, side_, side_}, Shape{largest_, values_}, device_, memory_);
      ++made_;
      return slot;
    }
    if (!wait) return nullptr;
    slot_free_.wait(lock);
  }
}

void StreamSession::give_back(std::unique_ptr<Slot> slot) {
  {
    const std::lock_guard lock(slots_mutex_);
    idle_.push_back(std::move(slot));
  }
  slot_free_.notify_one();
}

void StreamSession::enqueue(Slot& slot, const Array& pictures, std::int64_t bucket) {
  const std::int64_t count = pictures.shape()[0];
  const bool on_host = pictures.device() == Device::cpu();
  if (on_host) fill(first(slot.host_input, bucket), pictures);
  slot.computed = slot.stored = false;
  const std::lock_guard lock(order_);
  if (on_host)
    copy(first(slot.host_input, bucket), first(slot.input, bucket), to_device_);
  else
    copy(pictures, first(slot.input, count), to_device_);
  compute_.wait(to_device_.record());
  network_.enqueue(slot, bucket, compute_, counts_);
  compute_.call("network", [&slot] { slot.computed = true; });
  to_host_.wait(compute_.record());
  copy(first(slot.output, count), first(slot.host_output, count), to_host_);
  to_host_.call("logits", [&slot] { slot.stored = true; });
  slot.done = to_host_.record();
  ++counts_.runs;
  counts_.padded += bucket > count;
  counts_.padding += bucket - count;
}

void StreamSession::land(Flight& flight, const Array& output) {
  Slot& slot = *flight.slot;
  slot.done.wait();
  if (!slot.computed || !slot.stored) rethrow_failure();
  const Array rows = output.slice(0, {flight.begin, flight.begin + flight.pictures});
  std::memcpy(rows.data(), slot.host_output.data(), static_cast<std::size_t>(bytes_of(rows)));
}

// Whoever comes first takes the error out of its stream; those whose work was skipped behind it get the same.
void StreamSession::rethrow_failure() {
  settle();
  const std::lock_guard lock(order_);
  throw failure_ ? *failure_ : Error(Errc::internal, "model: expected results of " + device_.name() + ", got none");
}

void StreamSession::settle() {
  const std::lock_guard lock(order_);
  for (const Stream* stream : {&to_device_, &compute_, &to_host_}) try {
      stream->synchronize();
    } catch (const Error& error) {
      failure_ = error;
    }
}

void StreamSession::shrink(std::int64_t largest_seen, const Error& error) {
  const std::unique_lock lock(size_);
  if (largest_ != largest_seen) return;  // another call did
  if (largest_ == 1)
    throw Error(error.code(), "model: expected memory for one picture at a time on " + device_.name() +
                                  ", got: " + error.what() + "; free some, or use --device cpu");
  settle();
  idle_.clear();
  made_ = 0;
  network_.clear(true);
  trim_host_memory();
  const std::lock_guard order(order_);
  counts_.largest = largest_ /= 2;
  ++counts_.out_of_memory;
}

}  // namespace fovea::model
