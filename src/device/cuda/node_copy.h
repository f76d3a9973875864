#pragma once
#include "device/cuda/recording.h"

namespace fovea {

// The driver's type of the node. Throws Error(unsupported) for one that cannot be made again from what the driver tells
// of it, as an allocation.
unsigned type_to_copy(CudaDevice&, cuda::CUgraphNode, const CudaNode&);
// Adds a node of that type to the graph, after no other, that does what the node does.
cuda::CUgraphNode add_copy(CudaDevice&, cuda::CUgraph, unsigned type, cuda::CUgraphNode, const CudaNode&);

}  // namespace fovea
