#include "device/profile/nvtx.h"

#include <dlfcn.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

namespace fovea::profiler::nvtx {
namespace {

using Function = void (*)();
using Table = Function**;

// How many functions version 3 has in each module, the unused number 0 included: core, CUDA, OpenCL, CUDA runtime,
// core 2, synchronisation.
constexpr std::array<unsigned, 6> functions{16, 9, 15, 7, 16, 7};
constexpr unsigned core = 1, range_push = 9, range_pop = 11;  // of texts in bytes

// Where the tool writes its functions. One more, null, ends each table.
struct Slots {
  std::array<std::array<Function, 16>, 6> functions{};
  std::array<std::array<Function*, 17>, 6> tables{};
  Slots() {
    for (std::size_t module = 0; module < tables.size(); ++module)
      for (std::size_t k = 1; k < nvtx::functions[module]; ++k) tables[module][k] = &functions[module][k];
  }
};
Slots& slots() {
  static Slots instance;
  return instance;
}

int module_table(unsigned module, Table* table, unsigned* size) {
  if (module < 1 || module > functions.size()) return 0;
  if (table) *table = slots().tables[module - 1].data();
  if (size) *size = functions[module - 1];
  return 1;
}

void ignore_version(std::uint32_t) {}

const void* export_table(std::uint32_t id) {
  struct Callbacks {
    std::size_t bytes = sizeof(Callbacks);
    int (*module_table)(unsigned, Table*, unsigned*) = nvtx::module_table;
  };
  struct Version {
    std::size_t bytes = sizeof(Version);
    std::uint32_t version = 3, reserved = 0;
    void (*set)(std::uint32_t) = ignore_version;
  };
  static const Callbacks callbacks;
  static const Version version;
  return id == 1 ? static_cast<const void*>(&callbacks) : id == 3 ? &version : nullptr;
}

const char* injection() {
  return std::getenv("NVTX_INJECTION64_PATH");
}

// The library stays loaded: the tool's functions are called until the process ends.
bool attach() {
  const char* path = injection();
  void* library = path ? ::dlopen(path, RTLD_LAZY | RTLD_LOCAL) : nullptr;
  if (library == nullptr) return false;
  using Initialize = int (*)(const void* (*)(std::uint32_t));
  const auto initialize = reinterpret_cast<Initialize>(::dlsym(library, "InitializeInjectionNvtx2"));
  return initialize != nullptr && initialize(export_table) != 0;
}

// Null unless a tool has attached and wants them.
template <class F>
F function(unsigned number) {
  static const bool attached = attach();
  return attached ? reinterpret_cast<F>(slots().functions[core - 1][number]) : nullptr;
}

}  // namespace

bool wanted() {
  static const bool answer = injection() != nullptr && *injection() != '\0';
  return answer;
}

void push(std::string_view name) noexcept {
  const auto tool = function<int (*)(const char*)>(range_push);
  if (tool == nullptr) return;
  try {
    tool(std::string(name).c_str());
  } catch (const std::bad_alloc&) {
    tool("");  // so that the pop has its push
  }
}

void pop() noexcept {
  if (const auto tool = function<int (*)()>(range_pop)) tool();
}

}  // namespace fovea::profiler::nvtx
