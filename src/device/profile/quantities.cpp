#include "device/profile/quantities.h"

#include <cstdio>

namespace fovea::profiler {

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string time_text(std::int64_t ns) {
  if (ns < 1000) return std::to_string(ns) + " ns";
  const auto value = static_cast<double>(ns);
  if (value < 999'999.5) return decimal(value / 1e3, 3) + " us";
  if (value < 999'999'500) return decimal(value / 1e6, 3) + " ms";
  return decimal(value / 1e9, 3) + " s";
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  const auto value = static_cast<double>(bytes);
  if (value < 999'995) return decimal(value / 1e3, 2) + " kB";
  if (value < 999'995'000) return decimal(value / 1e6, 2) + " MB";
  return decimal(value / 1e9, 2) + " GB";
}

std::string percent_text(double part, double whole) {
  return decimal(whole > 0 ? 100 * part / whole : 0, 2) + " %";
}

std::string count_text(std::int64_t count, const char* thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string shown(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

}  // namespace fovea::profiler
