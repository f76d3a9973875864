#pragma once
#include "expr/node.h"

namespace fovea {

// Enqueues the kernels that compute the node's value to a stream of a CUDA device, where its arrays are.
Array evaluated_on_cuda(const NodePointer&, const Stream&);

}  // namespace fovea
