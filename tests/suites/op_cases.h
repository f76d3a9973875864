#pragma once
#include <string>
#include <vector>

#include "fovea/ops.h"

namespace fovea::test {

// One call of an op that every row of the registry that takes it must answer alike.
struct OpCase {
  std::string op;
  ops::Params params;
  std::vector<Array> inputs;
  // How far a variant's elements may lie from the portable body's, by the rules of docs/conventions.md; 0: equal bits.
  double bound = 0;
};

// Those of every file in cases/; at least one an op, or the suite fails.
std::vector<OpCase> op_cases();

// Reproducible values: in [-1, 1) for floating and complex types, of the whole range for integers.
Array random_array(const Shape&, DType, unsigned seed);

}  // namespace fovea::test
