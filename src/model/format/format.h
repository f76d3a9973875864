#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "fovea/model.h"

namespace fovea::model {

// One weights format. Takes untrusted bytes; tensors may be views of `file`, which they then keep alive.
// `name` becomes StateDict::format. At most one format matches a file.
struct Format {
  std::string_view name;
  bool (*matches)(std::span<const std::byte> bytes);
  Result<StateDict> (*read)(const FileBytes& file);
};
const std::vector<Format>& formats();

// Finds the format, reads the file and strips the prefixes that wrappers of the training framework put before every
// name. Errors: empty, model_format (nothing here reads these bytes) and those of the format.
Result<StateDict> parse_state_dict(const FileBytes& file);

}  // namespace fovea::model
