#include "device/cuda/kernel_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace fovea {
namespace {

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : symbol;
}

// The last identifier before the first bracket that is not of an "(anonymous namespace)".
std::string_view base_name(std::string_view name) {
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  if (const std::size_t at = name.rfind(anonymous, name.find('<')); at != std::string_view::npos)
    name.remove_prefix(at + anonymous.size());
  name = name.substr(0, name.find_first_of("<("));
  return name.substr(name.find_last_of(" :") + 1);
}

}  // namespace

std::string plain_kernel_name(const char* symbol) {
  if (symbol == nullptr) return "kernel";
  const std::string name = demangled(symbol);
  const std::string_view base = base_name(name);
  return base.empty() ? name : std::string(base);
}

std::string profiled_kernel_name(std::string_view subject, const char* symbol) {
  const std::string kernel = plain_kernel_name(symbol);
  if (subject.empty()) return kernel;
  return base_name(subject) == kernel ? std::string(subject) : std::string(subject) + ": " + kernel;
}

}  // namespace fovea
