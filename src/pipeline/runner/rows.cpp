// How rows leave, and what the run adds up to.
#include <algorithm>
#include <cmath>
#include <utility>

#include "device/profiler.h"
#include "pipeline/runner/runner.h"
#include "pipeline/stage_times.h"

namespace fovea::pipeline {

// Hands over the rows that are next, outside the lock, one thread at a time.
void Runner::emit(Lock& lock) {
  if (emitting_) return;
  emitting_ = true;
  for (std::vector<Row> rows = window_.take(); !rows.empty(); rows = window_.take()) {
    measure();
    const std::int64_t total = total_;
    lock.unlock();
    const Clock::time_point start = Clock::now();
    {
      const profiler::Scope span(Activity::stage, "write");
      for (Row& row : rows) hand_over(row, total);
    }
    write_seconds_ += seconds_since(start);
    lock.lock();
    ++progress_;
    if (sink_error_ || over_budget()) ended_early_ = true;
    if (sink_error_ && !error_) error_ = sink_error_;
    changed_.notify_all();
  }
  emitting_ = false;
}

void Runner::hand_over(Row& row, std::int64_t total) {
  if (sink_error_) return;
  if (report_.inputs == 0) report_.first_result_seconds = seconds_since(start_);
  ++report_.inputs;
  ++(row.error ? report_.failed : report_.ok);
  report_.reused += row.reused;
  try {
    sink_(std::move(row));
    if (options_.progress)
      options_.progress({report_.inputs, report_.failed, total, report_.reused, seconds_since(start_)});
  } catch (...) {
    sink_error_ = std::current_exception();
  }
}

// A share is of all inputs if their number is known, else of those so far once they are a hundred.
bool Runner::over_budget() const {
  const std::int64_t failed = options_.failed_before + report_.failed;
  if (options_.max_failures && failed > *options_.max_failures) return true;
  if (!options_.max_failed_fraction) return false;
  const std::int64_t inputs = total_ >= 0 ? total_ : report_.inputs;
  if (total_ < 0 && inputs < 100) return false;
  return failed > static_cast<std::int64_t>(std::floor(*options_.max_failed_fraction * static_cast<double>(inputs)));
}

Report Runner::report() {
  report_.over_budget = over_budget();
  const bool all = source_done_ && report_.inputs == next_;
  report_.interrupted = stop_.stop_requested() && !all && !report_.over_budget;
  report_.seconds = seconds_since(start_);
  report_.inputs_known = total_;
  report_.threads = worker_count_;
  report_.source_seconds = intake_.seconds();
  intake_.add_times(report_.stages);
  for (const auto& worker : workers_) {
    add_stage_time(report_.stages, {"read", worker->read_seconds, worker->read});
    worker->stage->add_times(report_.stages);
  }
  if (fetches_ > 0) add_stage_time(report_.stages, {"fetch", fetch_seconds_, fetches_});
  add_stage_time(report_.stages, {"write", write_seconds_, report_.inputs});
  for (const auto& [reason, wait] : waits_) report_.waits.push_back({reason, wait.first, wait.second});
  report_.waits.push_back({"memory", budget_.waited_seconds(), 0});
  for (Meter* meter : {&inputs_meter_, &batches_meter_, &rows_meter_, &transfers_meter_})
    report_.queues.push_back(meter->use());
  report_.memory_bytes = budget_.most();
  report_.memory_budget = budget_.total();
  for (const auto& worker : workers_) {
    if (!worker->infers) continue;
    const std::string device = worker->device.name();
    const auto at = std::find(report_.devices.begin(), report_.devices.end(), device);
    if (at == report_.devices.end()) {
      report_.devices.push_back(device);
      report_.pictures.push_back(worker->pictures);
      report_.device_seconds.push_back(worker->infer_seconds);
    } else {
      const auto k = static_cast<std::size_t>(at - report_.devices.begin());
      report_.pictures[k] += worker->pictures;
      report_.device_seconds[k] += worker->infer_seconds;
    }
  }
  return report_;
}

}  // namespace fovea::pipeline
