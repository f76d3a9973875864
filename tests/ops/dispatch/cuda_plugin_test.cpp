#include "ops/cuda_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temporary_directory.h"

namespace fovea::ops {
namespace {

using testing::HasSubstr;
using testing::Not;
using Paths = std::vector<std::filesystem::path>;

std::filesystem::path built(const std::string& name) {
  return std::filesystem::path(FOVEA_BINARY_DIR) / "tests/cuda_plugins" / (name + ".so");
}

void refused(const Paths& places, const std::string& part) {
  const OpenedCudaPlugin opened = open_cuda_plugin(places);
  EXPECT_EQ(opened.plugin, nullptr);
  EXPECT_THAT(opened.reason, HasSubstr(part));
  EXPECT_THAT(opened.reason, Not(HasSubstr("\n")));
}

TEST(CudaPlugin, OpensTheFirstThatIsThere) {
  const OpenedCudaPlugin opened = open_cuda_plugin(Paths{"/nonexistent/a.so", built("good"), built("no_entry")});
  ASSERT_NE(opened.plugin, nullptr) << opened.reason;
  EXPECT_EQ(opened.reason, "");
  EXPECT_EQ(opened.path, built("good"));
  EXPECT_STREQ(opened.plugin->libraries(), "a library of the test");
}

TEST(CudaPlugin, SaysWhyNot) {
  const test::TemporaryDirectory folder;
  refused({"/nonexistent/a.so", "/nonexistent/b.so"},
          "libfovea_cuda.so not found: looked for /nonexistent/a.so or /nonexistent/b.so");
  refused({folder.write("text.so", "no library")}, "cannot open " + folder.path().string() + "/text.so");
  refused({folder.path()}, "cannot open " + folder.path().string());
  refused({built("no_entry")}, "no_entry.so is not a library of Fovea: it has no fovea_cuda_plugin");
  refused({built("nothing")}, "nothing.so: expected the build \"" + std::string(cuda_plugin_build) + "\", got \"\"");
  refused({built("wrong_build")}, "got \"fovea 0.0.9, layout\\x0a7\"; use the library of the same build");
}

// A broken one is not passed over for the next.
TEST(CudaPlugin, TakesNoSubstitute) {
  refused({built("wrong_build"), built("good")}, "expected the build");
}

TEST(CudaPlugin, IsLookedForBesideTheProgramAndInLib) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const Paths places = cuda_plugin_places();
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0], program.parent_path() / "libfovea_cuda.so");
  EXPECT_EQ(places[1], program.parent_path().parent_path() / "lib/libfovea_cuda.so");
  ::setenv("FOVEA_CUDA_PLUGIN", "/some/where.so", 1);
  EXPECT_EQ(cuda_plugin_places(), Paths{"/some/where.so"});
  ::setenv("FOVEA_CUDA_PLUGIN", "", 1);
  EXPECT_EQ(cuda_plugin_places(), places);
  ::unsetenv("FOVEA_CUDA_PLUGIN");
}

TEST(CudaPlugin, WithoutADeviceItIsNotOpened) {
  if (unavailable_reason(Device::cuda()).empty()) GTEST_SKIP() << "there is a CUDA device";
  EXPECT_EQ(unusable_reason(Device::cuda()), unavailable_reason(Device::cuda()));
  EXPECT_EQ(unusable_reason(Device::cpu()), "");
  EXPECT_EQ(cuda_libraries(), "");
  for (const Row& row : registry().rows()) EXPECT_EQ(row.device, Device::Kind::cpu) << row.op;
}

}  // namespace
}  // namespace fovea::ops
