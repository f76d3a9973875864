#pragma once
#include <string_view>

namespace fovea::pipeline {

// Whether a name leads to a file below the folder it is relative to, in whatever system an archive is unpacked: not
// empty or absolute, no component that is empty, ".", ".." or longer than 255 bytes, no NUL, 4096 bytes at most, and
// not one of the folder writer's own.
bool is_member_name(std::string_view name);

// Throws Error(policy) for another name.
void check_member_name(std::string_view name);

inline constexpr std::string_view partial_prefix = ".partial-";  // of files in the making

}  // namespace fovea::pipeline
