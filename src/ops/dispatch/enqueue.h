#pragma once
#include "ops/op.h"

namespace fovea::ops {

// One run of the kernel as work of the stream, on whose device it and the arrays are. All are kept alive until the
// stream is past it, or as long as the graph that it is recorded in. On CUDA run() is called at once, by this thread.
void enqueue(const std::shared_ptr<Kernel>&, const Row&, std::vector<Array> inputs, const Array& output, const Stream&);

}  // namespace fovea::ops
