#include "ops/cuda_plugin.h"

#include <dlfcn.h>

#include <cstdlib>

#include "base/text.h"

namespace fovea::ops {
namespace {

constexpr const char* file_name = "libfovea_cuda.so";
constexpr const char* cure = "; use the library of the same build";

std::string shown(const std::filesystem::path& path) {
  return escaped(path.native());
}

std::string dlopen_text() {
  const char* text = ::dlerror();
  return text == nullptr ? "unknown error" : escaped(text);
}

std::string joined(std::span<const std::filesystem::path> places) {
  std::string list;
  for (const std::filesystem::path& place : places) list += (list.empty() ? "" : " or ") + shown(place);
  return list;
}

// Set once, by register_cuda_rows().
OpenedCudaPlugin& opened() {
  static OpenedCudaPlugin instance;
  return instance;
}

}  // namespace

OpenedCudaPlugin open_cuda_plugin(std::span<const std::filesystem::path> places) {
  for (const std::filesystem::path& place : places) {
    std::error_code ignored;
    if (!std::filesystem::exists(place, ignored)) continue;
    const auto failed = [&](const std::string& reason) { return OpenedCudaPlugin{nullptr, place, reason}; };
    void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return failed("cannot open " + dlopen_text());
    const auto entry = reinterpret_cast<GetCudaPlugin*>(::dlsym(library, "fovea_cuda_plugin"));
    if (entry == nullptr) return failed(shown(place) + " is not a library of Fovea: it has no fovea_cuda_plugin");
    const CudaPlugin* plugin = entry();
    if (plugin == nullptr || plugin->build == nullptr || std::string_view(plugin->build) != cuda_plugin_build)
      return failed(shown(place) + ": expected the build \"" + cuda_plugin_build + "\", got \"" +
                    escaped(plugin == nullptr || plugin->build == nullptr ? "" : plugin->build) + "\"" + cure);
    return {plugin, place, ""};
  }
  return {nullptr, {}, std::string(file_name) + " not found: looked for " + joined(places)};
}

std::vector<std::filesystem::path> cuda_plugin_places() {
  if (const char* wish = std::getenv("FOVEA_CUDA_PLUGIN"); wish != nullptr && *wish != '\0') return {wish};
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const std::filesystem::path folder = program.parent_path();
  return {folder / file_name, folder.parent_path() / "lib" / file_name};
}

// A plug-in that throws adds what it added before, and says so.
void register_cuda_rows(Registry& registry) {
  OpenedCudaPlugin& result = opened();
  if (result.reason = unavailable_reason(Device::cuda()); !result.reason.empty()) return;
  result = open_cuda_plugin(cuda_plugin_places());
  if (result.plugin == nullptr) return;
  try {
    result.plugin->register_rows(registry);
  } catch (const std::exception& error) {
    result.reason = shown(result.path) + ": " + escaped(error.what());
  }
}

std::string unusable_reason(Device device) {
  const std::string reason = unavailable_reason(device);
  if (!reason.empty() || device == Device::cpu()) return reason;
  registry();
  return opened().reason;
}

std::string cuda_libraries() {
  if (!unusable_reason(Device::cuda()).empty()) return "";
  return shown(opened().path) + ": " + opened().plugin->libraries();
}

}  // namespace fovea::ops
