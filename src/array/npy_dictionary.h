#pragma once
#include <string>
#include <string_view>

#include "fovea/array.h"

namespace fovea {

// The Python literal in a .npy header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct NpyDictionary {
  std::string descr;
  bool fortran = false;
  Shape shape;
};

// Takes exactly the three keys, each once, in any order, and nothing else of Python's syntax.
Result<NpyDictionary> parse_npy_dictionary(std::string_view text);

}  // namespace fovea
