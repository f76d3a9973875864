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

// Why ops cannot run on the device, or an empty string when they can. A CUDA device needs libfovea_cuda.so for them,
// beside the program, in ../lib or named by FOVEA_CUDA_PLUGIN; without it there still are memory, streams and graphs.
std::string unusable_reason(Device);
// "/usr/lib/libfovea_cuda.so: cuBLASLt 13.1; …": what runs the ops of CUDA devices, or "" when nothing does.
std::string cuda_libraries();

// Makes the array for a result of this type and shape: contiguous, writable, on the host; a memory map, for example.
// Results of a device are copied there.
using ResultMaker = std::function<Array(DType, const Shape&)>;

// Runs one op on the device of its inputs, without inputs on the CPU, and returns its output, a new contiguous array
// there, or that of `result`. Prepares the kernel anew in each call; strided inputs are copied. `inputs` in the order
// of OpInfo::inputs; on a device the work that makes them must be done. Thread-safe. Throws Error(invalid_argument) for
// an unknown op or parameter, a value out of range, inputs of several devices, or such whose types and shapes do not
// fit; Error(unsupported) when the device has no kernel that takes them.
Array apply(std::string_view op, const Params&, std::span<const Array> inputs, const ResultMaker& result = {});

// The same as work of a stream of that device: what is asked for is checked and prepared at once, the output is for
// later work of the stream, or for anyone once it is past this. Inputs are read when the stream gets there, and kept
// alive until then. What the op meets while it runs comes out of Stream::synchronize().
Array enqueue(std::string_view op, const Params&, std::span<const Array> inputs, const Stream&);

}  // namespace fovea::ops
