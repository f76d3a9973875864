#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "support/test_data.h"

// Skips the test, visibly, when a file of the shared data is missing.
#define FOVEA_NEEDS_SHARED(NAME)                                \
  if (!std::filesystem::exists(fovea::test::shared_data(NAME))) \
  GTEST_SKIP() << fovea::test::shared_data(NAME) << " is not here"

namespace fovea::test {

inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace fovea::test
