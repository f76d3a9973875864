#pragma once
#include <string>
#include <vector>

#include "pipeline/diagnosis/model.h"

namespace fovea::pipeline {

// What the counts alone say about changes, those that matter for this run.
std::vector<Forecast> forecasts_of(const RunModel&, const std::string& binds, const ThreadBudget&);

// "; one more thread would give 1.46 x", or what else gives most; empty when nothing gives anything.
std::string best_change(const Diagnosis&);

}  // namespace fovea::pipeline
