#pragma once
#include <memory>
#include <vector>

#include "model/graph.h"
#include "ops/op.h"

namespace fovea::model {

// A node's op with its checked parameters and what it makes, for one size of the network's input.
struct InferredNode {
  const ops::Op* op;
  std::shared_ptr<void> params;
  std::vector<ops::TensorSpec> inputs;
  ops::TensorSpec output;
};

// Throws Error(model_format) naming the node whose tensors do not fit.
std::vector<InferredNode> infer_shapes(const Graph&, const Shape& input);

}  // namespace fovea::model
