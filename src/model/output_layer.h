#pragma once
#include <string>

#include "model/graph.h"

namespace fovea::model {

// The node of that name; without a name, what the last linear layer reads. Throws Error(invalid_argument) that lists
// the names near it.
int output_layer(const Graph&, const std::string& name);

// What `node` needs and the node itself, which becomes the output.
Graph up_to(const Graph&, int node);

}  // namespace fovea::model
