#pragma once

namespace fovea::cli {

// The most resident memory of this process since the last call, in MB; 0 where the system does not say.
double take_memory_peak();

}  // namespace fovea::cli
