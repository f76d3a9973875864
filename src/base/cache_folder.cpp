#include "base/cache_folder.h"

#include <cstdlib>
#include <string>

namespace fovea {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

// The XDG Base Directory Specification: a relative XDG_CACHE_HOME is to be ignored.
std::filesystem::path cache_folder() {
  if (const std::string own = environment("FOVEA_CACHE"); !own.empty()) return own;
  if (const std::filesystem::path base = environment("XDG_CACHE_HOME"); base.is_absolute()) return base / "fovea";
  const std::string home = environment("HOME");
  return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".cache" / "fovea";
}

}  // namespace fovea
