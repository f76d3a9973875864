#include "fovea/system.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace fovea {
namespace {

using testing::Contains;
using testing::Each;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(System, Information) {
  const SystemInfo info = system_info();
  EXPECT_EQ(info.version, version());
  EXPECT_THAT(info.version, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_FALSE(info.cpu.empty());
  EXPECT_FALSE(info.simd.empty());
  EXPECT_FALSE(info.compiler.empty());
  EXPECT_GT(info.memory_bytes, 0);
  EXPECT_GE(info.threads.threads, 1);
  EXPECT_EQ(info.devices.front(), "cpu");
  EXPECT_THAT(info.devices, Contains(StartsWith("cuda:0")));
}

TEST(System, LibrariesHaveVersions) {
  std::vector<std::string> libraries = system_info().libraries;
  for (const char* name : {"oneDNN ", "oneTBB ", "libjpeg-turbo ", "libspng ", "libwebp ", "libtiff ", "giflib ",
                           "libcurl ", "OpenSSL ", "libzip "})
    EXPECT_THAT(libraries, Contains(StartsWith(name)));
  std::erase(libraries, "Highway");
  EXPECT_THAT(libraries, Each(MatchesRegex("[A-Za-z_-]+ [0-9]+(\\.[0-9]+)+.*")));
}

}  // namespace
}  // namespace fovea
