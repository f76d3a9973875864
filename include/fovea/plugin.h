#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace fovea::ops {

// Loads a plug-in: a shared library written against fovea_op.h. Its ops are then in list(), taken by apply() and known
// to programs of the language. It stays loaded until the process ends; loading it again only gives its names again.
// Thread-safe; other threads may list and run ops meanwhile. It runs the library, so load only what you trust.
//
// Gives the ops' names in the plug-in's order. All or none are added. Throws Error, without the path in its message:
// not_found, permission, not_a_file, empty or io for the file; policy when others than root and this process's user may
// write to it; unknown_format, truncated or unsupported (another machine or ABI, a dependency that is not there) for
// what is no library to load; invalid_argument for declarations that break the rules of fovea_op.h and taken names.
std::vector<std::string> load_plugin(const std::filesystem::path&);

// From now on, or no longer, each run of a plug-in's CPU body is watched: it runs twice, on copies of its inputs and on
// an output full of poison, each between guards of 64 KiB, and apply() throws Error(internal) that names the op and its
// fault: a write outside of its output, a changed input, elements left unwritten, other bytes the second time. CUDA
// bodies are refused, by Error(unsupported). Thread-safe.
void set_plugin_checks(bool on);

}  // namespace fovea::ops
