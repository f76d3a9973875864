#pragma once
#include <vector>

#include "fovea/array.h"

namespace fovea {

// Keeps the arrays' bytes until the stream is past what it was given so far; while it records, as long as the graph.
void keep(std::vector<Array>, const Stream&);

}  // namespace fovea
