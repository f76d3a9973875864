#include "pipeline/runner/runner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/threads.h"
#include "device/profiler.h"
#include "pipeline/default_memory.h"

namespace fovea::pipeline {
namespace {

constexpr std::chrono::milliseconds partial_batch_wait{20};

int worker_count(const RunOptions& options) {
  const int most = usable_threads();
  return options.workers > 0 ? std::min(options.workers, most) : most;
}

// Of `memory`, a quarter is for bytes as they come and for results that wait; the rest for decoded pictures.
std::int64_t waiting_bytes(std::int64_t memory) {
  return memory / 4;
}

// How far ahead of the oldest unfinished input others are begun. What waits for it takes memory, so it is no more than
// keeps the workers and the batches going.
std::int64_t rows_ahead(const Task& task, const RunOptions& options) {
  std::int64_t batched = 0;
  for (const Device device : options.devices) batched += std::int64_t{4} * task.batch(device);
  return std::max(std::clamp<std::int64_t>(256 * worker_count(options), 512, 4096), batched);
}

std::size_t batch_count(const Task& task, const RunOptions& options) {
  std::size_t count = static_cast<std::size_t>(worker_count(options)) + 2;
  const int places = std::max(task.batch(Device::cpu()), 1);
  for (const Device device : options.devices)
    if (device != Device::cpu()) count += 2 * static_cast<std::size_t>((task.batch(device) + places - 1) / places);
  return count;
}

// So many that no worker has a whole batch left when few are in all and the others have none. Devices like theirs full.
std::int64_t batch_places(const Task& task, const RunOptions& options, std::int64_t inputs) {
  const std::int64_t most = std::max(task.batch(Device::cpu()), 1), workers = worker_count(options);
  for (const Device device : options.devices)
    if (device != Device::cpu()) return most;
  if (inputs <= 0 || workers == 1) return most;
  const auto shares = [](std::int64_t count, std::int64_t of) { return (count + of - 1) / of; };
  return shares(inputs, workers * shares(inputs, workers * most));
}

}  // namespace

Runner::Runner(Source& source, const Task& task, const Sink& sink, const RunOptions& options, std::stop_token stop)
    : source_(source),
      task_(task),
      sink_(sink),
      options_(options),
      stop_(stop),
      intake_(source, options.known),
      budget_(options.memory_bytes - waiting_bytes(options.memory_bytes)),
      total_(source.count().value_or(-1)),
      batches_(batch_count(task, options), batch_places(task, options, total_), task.slot()),
      window_(rows_ahead(task, options), waiting_bytes(options.memory_bytes)),
      inputs_meter_("inputs", worker_count(options)),
      batches_meter_("batches", static_cast<std::int64_t>(batches_.count())),
      rows_meter_("rows", window_.capacity()),
      transfers_meter_("transfers", options.fetch.in_flight),
      worker_count_(worker_count(options)),
      wake_(stop, [this] {
        const std::scoped_lock lock(mutex_);
        changed_.notify_all();
      }) {}

Runner::~Runner() = default;

void Runner::make_workers() {
  const bool batched = batches_.count() > 0;
  const std::vector<Device> cpu{Device::cpu()};
  const std::vector<Device>& devices = options_.devices.empty() ? cpu : options_.devices;
  const bool cpu_infers = batched && std::count(devices.begin(), devices.end(), Device::cpu()) > 0;
  const auto add = [&](std::string name, Device device, bool loads, bool infers) {
    auto worker = std::make_unique<Worker>();
    worker->name = std::move(name);
    worker->device = device;
    worker->loads = loads;
    worker->infers = infers;
    worker->stage = task_.stage(device);
    workers_.push_back(std::move(worker));
  };
  // Without batches each worker does all of a picture's work, on one of the devices.
  for (int i = 0; i < worker_count_; ++i)
    add("worker " + std::to_string(i + 1),
        batched ? Device::cpu() : devices[static_cast<std::size_t>(i) % devices.size()], true, cpu_infers);
  if (!batched) return;
  for (const Device device : devices)
    if (device != Device::cpu()) add(device.name(), device, false, true), ++devices_;
}

Report Runner::run() {
  make_workers();
  {
    std::jthread watchdog;
    if (options_.stalled) watchdog = std::jthread([this](const std::stop_token& end) { watch(end); });
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 1; i < workers_.size(); ++i) threads.emplace_back([this, i] { work(*workers_[i]); });
    } catch (...) {
      give_up();
    }
    work(*workers_.front());
  }
  fetcher_.reset();
  if (error_) std::rethrow_exception(error_);
  return report();
}

void Runner::work(Worker& worker) {
  try {
    Lock lock(mutex_);
    // A run of one picture gives it all threads; else each worker is one of many.
    const ThreadLimit limit(total_ == 1 && worker.loads ? worker_count_ : 1);
    while (!finished())
      if (const char* lacking = step(worker, lock)) wait(worker, lock, lacking);
    now_doing(worker, "done");
    changed_.notify_all();
  } catch (...) {
    give_up();
  }
}

// By a handler: what is thrown, and can be no row's error, ends the run. Its rows in flight are not handed over.
void Runner::give_up() {
  const std::scoped_lock lock(mutex_);
  if (!error_) error_ = std::current_exception();
  given_up_ = ended_early_ = true;
  changed_.notify_all();
}

const char* Runner::step(Worker& worker, Lock& lock) {
  if (takes_batch(worker)) return process(worker, lock), nullptr;
  if (!worker.loads) return "batch";
  const bool place = batches_.count() == 0 || batches_.has_place();
  if (stopping() && !pulling_ && (!inputs_.empty() || fetcher_)) return drop_inputs(lock), nullptr;
  if (!inputs_.empty() && place) return load(worker, lock), nullptr;
  if (place && may_pull()) return pull(worker, lock), nullptr;
  if (batches_.has_partial() && no_more_inputs()) return batches_.seal(), changed_.notify_all(), nullptr;
  if (!place) return "batch";
  if (!source_done_ && !pulling_ && !window_.has_room(next_)) return "order";
  return "input";
}

void Runner::wait(Worker& worker, Lock& lock, const char* reason) {
  now_doing(worker, reason);
  const profiler::Scope span(Activity::wait, reason);
  const Clock::time_point start = Clock::now();
  if (!worker.loads) ++devices_idle_;
  if (worker.infers && batches_.has_partial()) {
    // Inputs come slowly: what is there does not wait for a batch to fill.
    if (changed_.wait_for(lock, partial_batch_wait) == std::cv_status::timeout && batches_.has_partial() &&
        inputs_.empty())
      batches_.seal(), changed_.notify_all();
  } else {
    changed_.wait(lock);
  }
  if (!worker.loads) --devices_idle_;
  auto& [seconds, count] = waits_[reason];
  seconds += seconds_since(start);
  ++count;
}

void Runner::now_doing(Worker& worker, const char* what, const std::string& path) {
  worker.doing = what;
  worker.path = path;
  worker.since = Clock::now();
}

bool Runner::finished() const {
  return given_up_ ||
         (no_more_inputs() && inputs_.empty() && loading_ == 0 && processing_ == 0 && batches_.idle() && !emitting_);
}

void Runner::measure() {
  inputs_meter_.set(static_cast<std::int64_t>(inputs_.size()));
  batches_meter_.set(static_cast<std::int64_t>(batches_.ready()));
  rows_meter_.set(window_.waiting());
  transfers_meter_.set(fetching_);
}

}  // namespace fovea::pipeline

namespace fovea {

Report run(Source& source, const Task& task, const std::function<void(Row&&)>& sink, const RunOptions& options,
           std::stop_token stop) {
  RunOptions settled = options;
  if (settled.memory_bytes < 0 || settled.workers < 0)
    throw Error(Errc::invalid_argument, "run: expected memory_bytes and workers of at least 0");
  if (!(settled.fetch.timeout > 0)) throw Error(Errc::invalid_argument, "run: expected a timeout above 0 seconds");
  if (settled.memory_bytes == 0) settled.memory_bytes = pipeline::default_memory("/");
  settled.fetch.buffer_bytes =
      std::max<std::int64_t>(std::min(settled.fetch.buffer_bytes, settled.memory_bytes / 8), 1);
  return pipeline::Runner(source, task, sink, settled, stop).run();
}

}  // namespace fovea
