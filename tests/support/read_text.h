#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fovea::test {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace fovea::test
