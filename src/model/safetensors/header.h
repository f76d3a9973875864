#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/array.h"

namespace fovea::model {

struct TensorEntry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // bytes of the buffer after the header; end - begin fits the shape
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

// The header's JSON. Errors: corrupt, unsupported (an element type), tensor_size, limit_metadata (nesting).
Result<SafetensorsHeader> parse_safetensors_header(std::string_view text);

}  // namespace fovea::model
