#include "device/cuda/toolkit_library.h"

#include <dlfcn.h>

#include <vector>

#include "base/text.h"

namespace fovea {

void* open_toolkit_library(const char* own, std::initializer_list<const char*> names, std::string& tried) {
  const bool named = own != nullptr && *own != '\0';
  for (const char* name : named ? std::vector{own} : std::vector(names)) {
    if (void* library = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) return library;
    tried += (tried.empty() ? "" : ", ") + escaped(name);
  }
  return nullptr;
}

}  // namespace fovea
