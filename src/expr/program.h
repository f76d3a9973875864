#pragma once
#include <map>
#include <vector>

#include "expr/loops.h"
#include "expr/node.h"

namespace fovea {

// An expression as a list of loops over blocks of elements. A slot is an operand of loops: an input array, a constant,
// or a result; constants and results have a buffer of one block, shared by results that do not live at the same time.
struct Slot {
  enum class Kind : std::uint8_t { input, constant, result };
  Kind kind = Kind::result;
  DType dtype = DType::f32;
  Array array;            // input: a view of the expression's whole shape
  std::byte value[16]{};  // constant
  int buffer = -1;
};

struct Instruction {
  Loop loop = nullptr;
  Fn fn = Fn::add;  // unless it is a conversion
  bool converts = false;
  int out = 0;
  int in[3] = {-1, -1, -1};
};

struct Program {
  Shape shape;
  std::vector<Slot> slots;
  std::vector<Instruction> instructions;
  int result = 0;  // slot
  int buffers = 0;
  Index block = 0;         // elements
  std::size_t stride = 0;  // bytes from one buffer to the next
  double cost = 1;         // of an element, in the time of a plain loop's
};

// Reductions inside, and functions whose shape is smaller than the whole, are evaluated on the way.
Program compile(const NodePointer&, const EvalOptions&);

}  // namespace fovea
