#pragma once
#include "command_line.h"

namespace fovea::cli {

int model_explain(Arguments, Console&);
int model_tune(Arguments, Console&);

}  // namespace fovea::cli
