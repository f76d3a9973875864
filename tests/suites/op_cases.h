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
};

// At least one case an op; the suite fails for an op without.
std::vector<OpCase> op_cases();

// Reproducible values in [-1, 1), or all bytes for u8.
Array random_array(const Shape&, DType, unsigned seed);

}  // namespace fovea::test
