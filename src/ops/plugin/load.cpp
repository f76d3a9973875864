#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "fovea/expr.h"
#include "fovea/plugin.h"
#include "ops/plugin/declaration.h"
#include "ops/plugin/library_file.h"
#include "ops/plugin/loaded.h"
#include "ops/plugin/rows.h"

namespace fovea::ops {
namespace {

constexpr std::int64_t most_library_bytes = std::int64_t{1} << 30;

struct Loaded {
  std::vector<std::string> ops;
  std::string hash;  // sha256 of the file
};
std::mutex loaded_mutex;
std::map<void*, Loaded>& loaded() {
  static std::map<void*, Loaded> libraries;
  return libraries;
}

// Of what failed last, without the path that the linker begins it with.
std::string linker_error(const std::string& path) {
  const char* text = ::dlerror();
  std::string message = text ? text : "the dynamic linker does not say why";
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  return escaped(message).substr(0, 300);
}

// For good, also when it is refused in the end: its initialisers have run.
void* open_library(const std::filesystem::path& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
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
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::canonical(path, failed);  // with a slash: no search path
  check_library_file(failed ? path : whole);
  std::scoped_lock lock(loaded_mutex);
  void* const library = open_library(whole);
  if (const auto at = loaded().find(library); at != loaded().end()) return at->second.ops;
  std::string hash = sha256_hex(read_file(whole, most_library_bytes).value().bytes());
  return loaded().emplace(library, Loaded{add_ops(entry_of(library)), std::move(hash)}).first->second.ops;
}

std::string library_hash(std::string_view op) {
  std::scoped_lock lock(loaded_mutex);
  for (const auto& [library, entry] : loaded())
    if (std::count(entry.ops.begin(), entry.ops.end(), op) > 0) return entry.hash;
  return "";
}

}  // namespace fovea::ops
