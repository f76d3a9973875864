#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "fovea/fetch.h"
#include "fovea/pipeline.h"
#include "pipeline/budget.h"
#include "pipeline/runner/batches.h"
#include "pipeline/runner/intake.h"
#include "pipeline/runner/meter.h"
#include "pipeline/runner/window.h"
#include "pipeline/stage.h"

namespace fovea::pipeline {

using Sink = std::function<void(Row&&)>;

// One run of a source through a task. Its workers are all alike: each does whichever job there is, a full batch
// through the network, else the next picture into its place, else the next input of the source. Threads of devices
// only take batches. Rows leave by the window, in order, from one thread at a time.
class Runner {
 public:
  Runner(Source&, const Task&, const Sink&, const RunOptions&, std::stop_token);
  ~Runner();
  Report run();

 private:
  struct Worker {
    std::string name;
    std::unique_ptr<Stage> stage;
    Device device;
    bool loads = true, infers = true;
    FileReader reader;
    Array together;  // the pictures of several batches, for a device
    double read_seconds = 0, infer_seconds = 0;
    std::int64_t read = 0, pictures = 0;
    const char* doing = "starting";  // for the watchdog, with the next two
    std::string path;
    Clock::time_point since = Clock::now();
  };
  using Lock = std::unique_lock<std::mutex>;

  void make_workers();
  void work(Worker&);
  void give_up();
  const char* step(Worker&, Lock&);  // does a job; or nothing, and says what it lacks
  void wait(Worker&, Lock&, const char* reason);
  void now_doing(Worker&, const char* what, const std::string& path = {});

  bool may_pull() const;
  void pull(Worker&, Lock&);
  void accept(Arrival&&);
  void begin_fetching();
  void fetch(Arrival&&, Lock&);
  void fetched(Arrival, Result<Fetched>&&);
  void queue(Arrival&&);
  Arrival next_input();
  void drop_inputs(Lock&);
  bool no_more_inputs() const;

  void load(Worker&, Lock&);
  Picture picture_of(Worker&, const Content&) const;
  bool takes_batch(const Worker&) const;
  void process(Worker&, Lock&);
  std::vector<Batch*> take_batches(const Worker&);
  bool infer(Worker&, const std::vector<Batch*>&, const std::vector<std::vector<Row*>>&);
  Array gathered(Worker&, const std::vector<Batch*>&, const std::vector<std::vector<Row*>>&);

  void emit(Lock&);
  void hand_over(Row&, std::int64_t total);
  bool over_budget() const;
  bool stopping() const { return ended_early_ || stop_.stop_requested(); }
  bool finished() const;
  void measure();
  Report report();

  void watch(const std::stop_token&);
  void tell_stalls(const std::stop_token&);
  std::string stall_text() const;

  Source& source_;
  const Task& task_;
  const Sink& sink_;
  const RunOptions& options_;
  std::stop_token stop_;
  Intake intake_;
  mutable Budget budget_;
  std::int64_t total_ = -1;  // inputs, once that is known

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Arrival> inputs_;  // with content, for whoever loads next
  Batches batches_;
  Window window_;
  std::int64_t next_ = 0;  // inputs pulled
  std::int64_t fetching_ = 0, waiting_bytes_ = 0;
  int loading_ = 0, processing_ = 0, devices_idle_ = 0, devices_ = 0;
  bool pulling_ = false, source_done_ = false, emitting_ = false, ended_early_ = false;
  bool given_up_ = false;
  std::exception_ptr error_;       // what ends the run: of the sink, the source or a device
  std::exception_ptr sink_error_;  // of whoever hands rows over
  std::map<std::string, std::pair<double, std::int64_t>> waits_;
  Meter inputs_meter_, batches_meter_, rows_meter_, transfers_meter_;
  Report report_;
  double write_seconds_ = 0, fetch_seconds_ = 0;
  std::int64_t fetches_ = 0;
  std::uint64_t progress_ = 0;  // counts jobs that ended, for the watchdog

  const int worker_count_;
  const Clock::time_point start_ = Clock::now();
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Fetcher> fetcher_;
  std::stop_callback<std::function<void()>> wake_;
};

}  // namespace fovea::pipeline
