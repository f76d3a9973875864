#include "bench/memory_peak.h"

#include <fstream>
#include <string>

namespace fovea::cli {

double take_memory_peak() {
  double peak = 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) peak = std::stod(line.substr(6)) * 1024 / 1e6;
  std::ofstream("/proc/self/clear_refs") << "5";  // proc(5): the peak begins anew from what is resident
  return peak;
}

}  // namespace fovea::cli
