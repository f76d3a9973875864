#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/decode_scale.h"

namespace fovea::cli {

// Texts of the command line as values. Each throws Error(invalid_argument, "expected ..., got '...'").
std::int64_t parse_integer(const std::string& text, std::int64_t minimum, std::int64_t maximum);
std::int64_t parse_size(const std::string& text);           // "4096", "64K", "8M", "1G": powers of 1024
double parse_percent(const std::string& text);              // "99.5", above 0, to 100
std::vector<float> parse_numbers(const std::string& text);  // "0.5,0.5,0.5", finite
std::int32_t parse_colour(const std::string& text);         // "RRGGBB", "white", "black" as 0xRRGGBB
std::string parse_choice(const std::string& text, std::initializer_list<std::string_view> choices);
DecodeScale parse_decode_scale(const std::string& text);

struct FailureBudget {
  std::optional<std::int64_t> count;
  std::optional<double> fraction;
  std::string text;  // as written
};
FailureBudget parse_failures(const std::string& text);  // "10" or "2.5%"

}  // namespace fovea::cli
