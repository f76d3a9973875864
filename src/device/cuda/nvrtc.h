#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "fovea/error.h"

namespace fovea {

// What is compiled: CUDA C++ for a device of this compute capability.
struct KernelText {
  std::string source;
  std::string name;                  // of a kernel, as C++ writes it; empty: all are extern "C"
  int capability = 0;                // 90 for 9.0
  std::vector<std::string> options;  // of NVRTC, beside those that are always given
};

// What cuModuleLoadDataEx takes: machine code, or PTX where NVRTC does not know the device.
struct KernelImage {
  std::string name;  // of the kernel in the image
  std::vector<std::byte> bytes;
  bool operator==(const KernelImage&) const = default;
};

// NVIDIA's run-time compiler, loaded at the first call: what the environment variable FOVEA_NVRTC names, else
// libnvrtc.so.13, .12 or libnvrtc.so. Thread-safe.
// Its version, "13.0". Throws Error(not_found) that says where it was looked for.
std::string nvrtc_version();
std::span<const char* const> nvrtc_options();  // that are always given
// An error is Error(invalid_argument) with the first errors of the compiler's log and their lines, in one line.
Result<KernelImage> nvrtc_compile(const KernelText&);

}  // namespace fovea
