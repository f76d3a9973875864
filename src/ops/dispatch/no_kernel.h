#pragma once
#include "ops/op.h"

namespace fovea::ops {

// The channel block of what the row writes for the call.
int output_block(const Row&, const Call&);
// Whether the row, of the call's op, takes it; sets call.output.block to what the row writes.
bool takes(const Row&, Call&);

// What to throw when no row of the device takes the call: says which types one would take for these shapes and
// parameters, and when it is all of them that are missing, why.
Error no_kernel(const Op&, const Call&, Device::Kind, std::span<const Row>);

}  // namespace fovea::ops
