#pragma once
#include <string_view>

#include "model/pickle/value.h"

namespace fovea::model::pickle {

// What an allowed name stands for: a Function or a StorageType. Nothing is imported or called.
// Errors: pickle_global naming it; unsupported for names of torch that mean a tensor of a kind that is not read.
Result<Value> lookup_global(std::string_view module, std::string_view name);

}  // namespace fovea::model::pickle
