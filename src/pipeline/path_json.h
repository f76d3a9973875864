#pragma once
#include <string>
#include <string_view>

namespace fovea::pipeline {

// Paths in JSON, whose bytes that are not UTF-8 stand as lone surrogates \udc80 to \udcff, which parsers refuse. This
// text has U+0000, which no path has, and U+0080 to U+00FF for them.
std::string parsable_json(std::string_view text);
// A string that was parsed from it, as the bytes that it stands for.
std::string path_bytes(const std::string& parsed);

}  // namespace fovea::pipeline
