#pragma once
#include <string>
#include <string_view>

namespace fovea::ops {

// sha256 of the library file that an op came from, as it was when it was loaded; empty for an op of no plug-in.
// Thread-safe.
std::string library_hash(std::string_view op);

}  // namespace fovea::ops
