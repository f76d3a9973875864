#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "model/network_runs.h"

namespace fovea::model {

// A network on a device. Batches go through in pieces of a few sizes, each a recorded graph. Copies to the device, the
// network and copies back have a stream each and a few slots to work on, so that those of different pieces run at once.
// Thread-safe: concurrent calls share slots and streams.
//
// When memory runs out the largest size is halved, everything made so far given back, and the pieces that are not done
// run again; with one picture at a time the error is the caller's.
class StreamSession {
 public:
  struct Options {
    std::int64_t most_pictures = 64;  // a run, a power of two
    int slots = 3;
    std::shared_ptr<Memory> memory = {};  // the device's if null
  };
  // The graph's constants are on the device.
  StreamSession(const Graph& graph, std::int64_t side, std::int64_t values, Device);
  StreamSession(const Graph& graph, std::int64_t side, std::int64_t values, Device, Options);
  ~StreamSession();
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  // input f32 [n, channels, side, side] on the host, contiguous, or on the device and ready; output f32 [n, values]
  // on the host. Blocks until it is there.
  void run(const Array& input, const Array& output);
  DeviceRuns counts() const;

 private:
  struct Flight {
    std::unique_ptr<Slot> slot;
    std::int64_t begin, pictures;
  };
  void run_pieces(const Array& input, const Array& output, std::int64_t& done);
  std::unique_ptr<Slot> take_slot(bool wait);
  void give_back(std::unique_ptr<Slot>);
  void enqueue(Slot&, const Array& pictures, std::int64_t bucket);
  void land(Flight&, const Array& output);
  void shrink(std::int64_t largest_seen, const Error&);
  [[noreturn]] void rethrow_failure();
  void settle();  // waits for all work and takes its errors

  const std::int64_t channels_, side_, values_;
  const Device device_;
  const std::shared_ptr<Memory> memory_;
  const int most_slots_;
  Stream to_device_, compute_, to_host_;

  std::shared_mutex size_;  // shared: runs are under way; alone: the largest size changes
  std::int64_t largest_;

  std::mutex slots_mutex_;
  std::condition_variable slot_free_;
  std::vector<std::unique_ptr<Slot>> idle_;
  int made_ = 0;

  mutable std::mutex order_;  // of what is enqueued
  NetworkRuns network_;
  DeviceRuns counts_;
  std::optional<Error> failure_;  // the last one that came out of a stream
};

}  // namespace fovea::model
