#pragma once
#include <cstddef>
#include <vector>

#include "device/backend.h"
#include "fovea/array.h"

namespace fovea {

// A copy from one layout to another, its axes in the order of the target's strides, which are positive. Axes that lie
// as one in both are one. Strides in elements.
struct CopyLayout {
  std::byte* to;
  const std::byte* from;
  Shape shape, to_strides, from_strides;
  std::size_t item;
};
CopyLayout copy_layout(const Array& from, const Array& to);

// The layout cut into pitched copies, the most rows to each.
struct PitchedCopies {
  Transfer first;                  // without its addresses
  std::size_t count = 1;           // how many
  std::vector<std::size_t> outer;  // axes of the layout over which they are repeated
};
PitchedCopies pitched_copies(const CopyLayout&);

// All elements, by the processor. Thread-safe; over the thread budget.
void copy_elements(const CopyLayout&);

}  // namespace fovea
