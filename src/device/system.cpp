#include "fovea/system.h"

#include <hwy/targets.h>

#include <algorithm>

#include "base/libraries.h"
#include "base/machine.h"
#include "device/cuda/device.h"
#include "fovea/device.h"

namespace fovea {
namespace {

std::string compiler_name() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

// The better a target, the lower its bit.
std::string best_target() {
  const auto targets = static_cast<std::int64_t>(hwy::SupportedTargets() & HWY_TARGETS);
  return targets == 0 ? "scalar" : hwy::TargetName(targets & -targets);
}

std::vector<std::string> device_lines() {
  std::vector<std::string> lines{"cpu"};
  for (int i = 0; i < std::max(1, cuda_driver().devices); ++i) {
    const Device device = Device::cuda(i);
    const std::string reason = unavailable_reason(device);
    lines.push_back(device.name() + ": " + (reason.empty() ? cuda_description(i) : "cannot be used: " + reason));
  }
  return lines;
}

}  // namespace

SystemInfo system_info() {
  SystemInfo info;
  info.version = version();
  info.compiler = compiler_name();
  info.cpu = cpu_model("/");
  info.simd = best_target();
  info.memory_bytes = memory_bytes("/");
  info.threads = thread_budget();
  info.devices = device_lines();
  info.libraries = library_versions();
  return info;
}

}  // namespace fovea
