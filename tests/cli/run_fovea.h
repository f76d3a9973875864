#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/read_text.h"
#include "support/run_program.h"
#include "support/temporary_directory.h"

namespace fovea::test {

inline ProgramResult fovea(std::vector<std::string> arguments, ProgramOptions options = {}) {
  options.environment.emplace_back("COLUMNS", "80");
  return run_program(FOVEA_PROGRAM, std::move(arguments), options);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  EXPECT_TRUE(text.empty() || text.back() == '\n') << "the last line is not whole";
  std::vector<nlohmann::json> rows;
  for (const std::string& line : lines_of(text)) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

// A picture whose pixels depend on `seed`, as binary PPM.
inline std::string picture(unsigned seed, int width = 40, int height = 36) {
  std::string bytes = "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
  for (int i = 0; i < width * height * 3; ++i) {
    seed = seed * 1664525u + 1013904223u;
    bytes += static_cast<char>(seed >> 24);
  }
  return bytes;
}

// The last line of standard error is one message of the given code, at most 512 bytes, without control characters.
inline void expect_error_line(const ProgramResult& result, const std::string& code, const std::string& part = "") {
  const std::vector<std::string> lines = lines_of(result.err);
  ASSERT_FALSE(lines.empty());
  const std::string& line = lines.back();
  EXPECT_TRUE(line.starts_with("fovea: error[" + code + "]: ")) << line;
  EXPECT_NE(line.find(part), std::string::npos) << "no \"" << part << "\" in: " << line;
  EXPECT_LT(line.size(), 512u);
  for (const char c : line) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << line;
}

}  // namespace fovea::test
