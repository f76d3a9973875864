#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fetch.h"
#include "fovea/image.h"
#include "fovea/model.h"
#include "fovea/ops.h"
#include "fovea/row.h"
#include "fovea/source.h"

namespace fovea {

namespace pipeline {
class Stage;
}

// What is done with each picture. Thread-safe.
class Task {
 public:
  virtual ~Task() = default;
  virtual RowColumns columns() const = 0;
  // Every choice that decides what the rows hold, by name: the model's hash, the preprocessing, the limits.
  virtual std::vector<std::pair<std::string, std::string>> manifest() const = 0;
  // One a worker thread, on the device of that name.
  virtual std::unique_ptr<pipeline::Stage> stage(Device) const = 0;
  virtual Shape slot() const { return {}; }      // of a prepared picture, f32; empty: pictures are not batched
  virtual int batch(Device) const { return 1; }  // prepared pictures that are processed together, at most
};

struct RunOptions {
  int workers = 0;                            // threads; 0: the thread budget, which is also the most
  std::vector<Device> devices;                // that take batches; empty: the CPU
  std::int64_t memory_bytes = 0;              // for pictures in flight, encoded and decoded; 0: half of what is free
  std::optional<std::int64_t> max_failures;   // a run with more failures ends early
  std::optional<double> max_failed_fraction;  // the same, of the inputs so far, once a hundred are done
  std::int64_t failed_before = 0;             // known rows with an error, which count among the failures
  double stall_seconds = 60;                  // without any progress, after each of which `stalled` is called
  // Its timeout is for all that is done with one input: download, reading, decoding, the ops. It is checked between
  // steps that each are short for a usual picture; waits for memory, batches and the network do not count.
  FetchOptions fetch;
  Limits limits;
  // Whether an input's row is there from before: it is handed over as a Row that is `reused`. Asked for every input, in
  // their order.
  std::function<bool(std::int64_t index, const std::string& path)> known;
  std::function<void(const Progress&)> progress;
  // What each worker waits for, and for how long there has been no progress. What it throws ends the run.
  std::function<void(const std::string& waits, double seconds)> stalled;
};

struct DevicesChoice {
  std::vector<Device> devices;
  std::string reason;  // one clause for the log
};
// As choose_device() of fovea/device.h, of devices with ops: "auto", or names separated by commas, whose devices take
// batches side by side. Throws Error: device for one that cannot be used, invalid_argument for others.
DevicesChoice choose_devices(const std::string& request);

// Feeds a source's inputs through the task and hands over one row for each, in their order, from one thread at a time.
// Bad pictures are rows with an error; Error is thrown only for what ends the run (the sink's own exceptions included).
// A stop request finishes what is in flight, hands over those rows and returns with `interrupted`. Memory does not grow
// with the number of inputs. docs/pipeline.md states the guarantees.
Report run(Source&, const Task&, const std::function<void(Row&&)>& sink, const RunOptions& = {}, std::stop_token = {});

}  // namespace fovea
