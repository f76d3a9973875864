#pragma once
#include "ops/op.h"

namespace fovea::ops {

// Adds the declared op (declared_op()) with a row, "plugin", for each body that it has.
void add_plugin_op(Registry&, Op);

}  // namespace fovea::ops
