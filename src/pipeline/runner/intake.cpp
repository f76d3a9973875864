#include "pipeline/runner/intake.h"

#include <utility>

#include "device/profiler.h"
#include "pipeline/runner/meter.h"
#include "pipeline/stage_times.h"

namespace fovea::pipeline {

std::optional<Arrival> Intake::pull() {
  const profiler::Scope span(Activity::stage, "list");
  Arrival arrival;
  Clock::time_point start = Clock::now();
  std::optional<std::string> path = source_.next();
  list_seconds_ += seconds_since(start);
  if (!path) return std::nullopt;
  arrival.path = std::move(*path);
  arrival.index = next_++;
  arrival.known = known_ && known_(arrival.index, arrival.path);
  if (arrival.known) return arrival;
  start = Clock::now();
  arrival.content = source_.take();
  if (std::holds_alternative<std::vector<std::byte>>(arrival.content)) {
    read_seconds_ += seconds_since(start);
    ++read_;
  }
  return arrival;
}

void Intake::add_times(std::vector<StageTime>& stages) const {
  add_stage_time(stages, {"list", list_seconds_, next_});
  add_stage_time(stages, {"read", read_seconds_, read_});
}

}  // namespace fovea::pipeline
