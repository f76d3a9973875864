#pragma once
#include <string>

#include "command_line.h"
#include "fovea/tuning.h"

namespace fovea::cli {

std::string explanation(const StepTimes&);  // a table and its legend

int model_explain(Arguments, Console&);
int model_tune(Arguments, Console&);

}  // namespace fovea::cli
