#pragma once
#include "base/file.h"
#include "fovea/npy.h"

namespace fovea {

// load_npz() of a file in memory.
Result<NamedArrays> read_npz(const FileBytes&, const NpzLimits&);

}  // namespace fovea
