#pragma once
#include <vector>

#include "language/tree.h"
#include "language/value.h"

namespace fovea::language {

// Each throws Error(invalid_argument) for what does not fit.
Value unary(Op, const Value&);
Value binary(const Context&, Op, const Value&, const Value&);
// a < b < c is (a < b) and (b < c).
Value compared(const std::vector<Op>&, const std::vector<Value>&);

// What is between the brackets of x[...]: integers, slices, None for a new axis, `...`.
struct Item {
  enum class Kind { index, slice, new_axis, ellipsis } kind = Kind::index;
  std::int64_t index = 0;
  Slice slice;
};
// A view. `failed` is the number of the item that an Error(invalid_argument) is about.
Array indexed(const Array&, const std::vector<Item>&, std::size_t& failed);

}  // namespace fovea::language
