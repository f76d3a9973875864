#pragma once
#include "command_line.h"

namespace fovea::cli {

int calibrate(Arguments, Console&);  // 'fovea model calibrate'

}  // namespace fovea::cli
