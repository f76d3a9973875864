#pragma once
#include <filesystem>

namespace fovea::ops {

// Throws the Error of load_plugin() unless the file is one that may be loaded: an ELF shared library for this machine,
// whole, and written by nobody but root and this process's user. The dynamic linker maps what the headers say without
// a look at the file's length, and dies of it.
void check_library_file(const std::filesystem::path&);

}  // namespace fovea::ops
