#pragma once
#include <cstdlib>
#include <filesystem>

namespace fovea::test {

inline std::filesystem::path test_data(const std::filesystem::path& name) {
  return std::filesystem::path(FOVEA_TEST_DATA_DIR) / name;
}

// Data that is not part of the tree: a test whose file is missing skips.
inline std::filesystem::path shared_data(const std::filesystem::path& name) {
  const char* other = std::getenv("FOVEA_TEST_DATA");
  return std::filesystem::path(other != nullptr ? other : FOVEA_SHARED_DATA_DIR) / name;
}

}  // namespace fovea::test
