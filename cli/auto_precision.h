#pragma once
#include "fovea/model.h"
#include "fovea/pipeline.h"
#include "network_options.h"
#include "picture_options.h"

namespace fovea::cli {

// load_network() on the first of the devices. For --precision auto in the precision that was remembered for this CPU
// and model, else in the one that is measured and remembered now; which, and why, is said. Errors name the option.
Model network_of_run(const NetworkOptions&, const PictureOptions&, const DevicesChoice&, Console&);

}  // namespace fovea::cli
