#pragma once
#include "fovea_op.h"
#include "ops/op.h"

namespace fovea::ops {

// A plug-in's declaration as an op of the registry, without what its functions need (bind and infer). Throws
// Error(invalid_argument), or Error(unsupported) for structures smaller than those of ABI 1, that names what breaks the
// rules of fovea_op.h.
Op declared_op(const fovea_op&);

// Throws Error(unsupported) unless the plug-in is made for this version.
void check_abi(const fovea_plugin&);

}  // namespace fovea::ops
