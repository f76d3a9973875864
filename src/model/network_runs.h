#pragma once
#include <atomic>
#include <map>
#include <memory>

#include "fovea/graph.h"
#include "fovea/model.h"
#include "model/plan.h"

namespace fovea::model {

bool memory_ran_out(const Error&);              // host's or device's
Array first(const Array&, std::int64_t count);  // of the first axis, shared

// The places of one run: page-locked on the host and on the device, for the largest bucket.
struct Slot {
  Slot(const Shape& input, const Shape& output, Device, const std::shared_ptr<Memory>&);

  Array host_input, input, output, host_output;
  std::map<std::int64_t, GraphExec> graphs;  // by bucket
  Event done;
  std::atomic<bool> computed{false}, stored{false};  // set by the streams; work after a failed one is skipped
};

// The network as work of one stream: a plan and an arena for each bucket, and for each slot a recorded graph of it. The
// first run of a bucket is not recorded: kernels are loaded and libraries start in it. One thread at a time.
class NetworkRuns {
 public:
  NetworkRuns(const Graph& graph, std::int64_t side, Device, std::shared_ptr<Memory>);
  // From slot.input to slot.output, both of `bucket` pictures. Counts what it did.
  void enqueue(Slot&, std::int64_t bucket, const Stream&, DeviceRuns&);
  // After the streams are done: what was made is given back.
  void clear(bool out_of_memory);

 private:
  struct Stage {
    Stage(const Graph&, const Shape& input, ops::WeightCache&, Device, const std::shared_ptr<Memory>&);
    Plan plan;
    Array arena;
    bool ran = false;
  };
  void run(Stage&, Slot&, std::int64_t bucket, const Stream&);

  const Graph& graph_;
  std::int64_t side_;
  Device device_;
  std::shared_ptr<Memory> memory_;
  ops::WeightCache weights_;
  std::map<std::int64_t, Stage> stages_;
  bool memory_ran_out_ = false;
  bool recordable_ = true;
};

}  // namespace fovea::model
