#pragma once
#include <dlfcn.h>

#include <string>

namespace fovea::ops::cuda {

// A shared library that may be missing, opened once and kept.
class Library {
 public:
  Library(std::string name, const std::string& file) : name_(std::move(name)), handle_(dlopen(file.c_str(), RTLD_NOW)) {
    if (!handle_) missing_ = file + " not found";
  }
  // Sets `function` to the symbol; a symbol that is missing makes the library unusable.
  template <class F>
  void find(F& function, const char* symbol) {
    if (!handle_) return;
    function = reinterpret_cast<F>(dlsym(handle_, symbol));
    if (!function && missing_.empty()) missing_ = std::string("no ") + symbol;
  }
  bool usable() const { return missing_.empty(); }
  // "cuFFT 12.0.0" or "cuFFT: libcufft.so.12 not found".
  std::string described(const std::string& version) const {
    return name_ + (usable() ? " " + version : ": " + missing_);
  }

 private:
  std::string name_, missing_;
  void* handle_;
};

}  // namespace fovea::ops::cuda
