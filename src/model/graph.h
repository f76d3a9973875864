#pragma once
#include <map>
#include <string>
#include <vector>

#include "fovea/array.h"
#include "fovea/ops.h"
#include "ops/op.h"

namespace fovea::model {

// What an op reads: an earlier node's result, the network's input, or a constant (f32).
struct Operand {
  static constexpr int network_input = -1, is_constant = -2;
  int node = is_constant;
  Array constant;

  Operand(int index) : node(index) {}
  Operand(Array value) : constant(std::move(value)) {}
};

// One op of a network, with its operands in the op's order of inputs.
struct Node {
  std::string name, op;
  ops::Params params;
  std::vector<Operand> inputs;
  ops::Choice choice = {};  // of its kernel, whatever the batch and threads
};

// A network in execution order; the last node is its output.
struct Graph {
  static constexpr int input = Operand::network_input;
  int channels = 3;
  std::vector<Node> nodes;

  int add(Node node) {
    nodes.push_back(std::move(node));
    return static_cast<int>(nodes.size()) - 1;
  }
};

// Convolutions always have a bias operand.
// batch_norm after a convolution that feeds nothing else becomes part of its weights and bias (computed in f64).
void fold_batch_norm(Graph&);

// add and relu after a convolution that feeds nothing else become its residual and activation.
void fuse_convolutions(Graph&);

}  // namespace fovea::model
