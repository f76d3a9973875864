#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fovea/array.h"

namespace fovea::ops {

using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;
using Params = std::map<std::string, Value, std::less<>>;

struct ParamInfo {
  std::string name, help;
  Value fallback;                    // its alternative is the parameter's type
  double min = 0, max = 0;           // for numbers; min == max: no range
  std::vector<std::string> choices;  // for strings; empty: any
};

struct OpInfo {
  std::string name, summary;
  std::vector<std::string> inputs;  // names; optional ones end in '?'
  std::vector<ParamInfo> params;
  std::vector<std::string> variants;  // "cpu/portable", "cpu/onednn"…, in the order they are tried
};
std::vector<OpInfo> list();  // by name

// Makes the array for a result of this type and shape: contiguous, writable, on the host; a memory map, for example.
using ResultMaker = std::function<Array(DType, const Shape&)>;

// Runs one op on the CPU and returns its output, a new contiguous array, or that of `result`. Prepares the kernel anew
// in each call; strided inputs are copied. `inputs` in the order of OpInfo::inputs. Thread-safe. Throws
// Error(invalid_argument) for an unknown op or parameter, a value out of range, or inputs whose types and shapes do not
// fit; Error(unsupported) when no kernel takes them.
Array apply(std::string_view op, const Params&, std::span<const Array> inputs, const ResultMaker& result = {});

}  // namespace fovea::ops
