#include <dlfcn.h>

#include <map>
#include <memory>
#include <mutex>

#include "base/text.h"
#include "fovea/expr.h"
#include "fovea/plugin.h"
#include "ops/plugin/declaration.h"
#include "ops/plugin/library_file.h"
#include "ops/plugin/rows.h"

namespace fovea::ops {
namespace {

struct Close {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, Close>;

// Of what failed last, without the path that the linker begins it with.
std::string linker_error(const std::string& path) {
  const char* text = ::dlerror();
  std::string message = text ? text : "the dynamic linker does not say why";
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  return escaped(message).substr(0, 300);
}

Library open_library(const std::filesystem::path& path) {
  Library library(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library) throw Error(Errc::unsupported, "plug-in: cannot be linked: " + linker_error(path.native()));
  return library;
}

const fovea_plugin& entry_of(void* library) {
  using Entry = const fovea_plugin*();
  auto* entry = reinterpret_cast<Entry*>(::dlsym(library, "fovea_op_plugin"));
  if (!entry)
    throw Error(Errc::unknown_format,
                "plug-in: expected a library that defines fovea_op_plugin(), got one that does not; see fovea_op.h");
  const fovea_plugin* plugin = entry();
  if (!plugin) throw Error(Errc::invalid_argument, "plug-in: expected ops from fovea_op_plugin(), got null");
  check_abi(*plugin);
  return *plugin;
}

bool is_function(std::string_view name) {
  for (const auto& list : {elementwise_functions(), reduction_functions()})
    for (const FunctionInfo& function : list)
      if (function.name == name) return true;
  return false;
}

void check_free(const Registry& registry, std::string_view name) {
  bool taken = is_function(name);
  for (const Op& op : registry.all()) taken = taken || op.name == name;
  if (taken)
    throw Error(Errc::invalid_argument, "plug-in: " + std::string(name) + ": there is one of this name already");
}

std::vector<std::string> add_ops(const fovea_plugin& plugin) {
  std::vector<std::string> names;
  extend_registry([&](Registry& registry) {
    for (const fovea_op* const* op = plugin.ops; *op; ++op) {
      Op declared = declared_op(**op);
      check_free(registry, declared.name);
      names.emplace_back(declared.name);
      add_plugin_op(registry, std::move(declared));
    }
  });
  return names;
}

}  // namespace

std::vector<std::string> load_plugin(const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<void*, std::vector<std::string>> loaded;  // by library
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::canonical(path, failed);  // with a slash: no search path
  check_library_file(failed ? path : whole);
  std::scoped_lock lock(mutex);
  Library library = open_library(whole);
  if (const auto at = loaded.find(library.get()); at != loaded.end()) return at->second;
  std::vector<std::string> names = add_ops(entry_of(library.get()));
  return loaded.emplace(library.release(), std::move(names)).first->second;
}

}  // namespace fovea::ops
