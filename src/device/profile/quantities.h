#pragma once
#include <cstdint>
#include <string>
#include <string_view>

// Numbers and names as people read them.
namespace fovea::profiler {

std::string decimal(double value, int digits);                  // "12.35"
std::string time_text(std::int64_t ns);                         // "850 ns", "12.345 us", "1.234 s"
std::string bytes_text(std::int64_t bytes);                     // powers of ten: "640 B", "1.64 MB"
std::string percent_text(double part, double whole);            // "71.23 %"
std::string count_text(std::int64_t count, const char* thing);  // "1 span", "12 spans"
std::string shown(std::string_view name);                       // without control characters

}  // namespace fovea::profiler
