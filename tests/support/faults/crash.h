#pragma once

namespace fovea::faults {

// From now on a segmentation fault says on standard error in which library it was, before it ends the process.
void name_crashes();

}  // namespace fovea::faults
