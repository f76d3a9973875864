#include "pipeline/stage.h"

#include <algorithm>

namespace fovea::pipeline {

void add_stage_time(std::vector<StageTime>& stages, const std::string& name, double seconds, std::int64_t count) {
  auto at = std::find_if(stages.begin(), stages.end(), [&](const StageTime& stage) { return stage.name == name; });
  if (at == stages.end()) at = stages.insert(stages.end(), StageTime{name, 0, 0});
  at->busy_seconds += seconds;
  at->count += count;
}

}  // namespace fovea::pipeline
