#include "device/cuda/nvrtc.h"

#include <gtest/gtest.h>

#include "device/cuda/nvrtc_library.h"

namespace fovea {
namespace {

TEST(NvrtcLibrary, SaysWhereItWasLookedForAndWhatItLacks) {
  const std::string none = load_nvrtc("/nowhere/libnvrtc.so").missing;
  EXPECT_NE(none.find("found none of /nowhere/libnvrtc.so; install"), std::string::npos) << none;
  const std::string other = load_nvrtc("libm.so.6").missing;
  EXPECT_NE(other.find("has no nvrtcVersion"), std::string::npos) << other;
}

// With NVIDIA's own, where that is installed.
class NvrtcCompiler : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = load_nvrtc(nullptr).missing; !missing.empty()) GTEST_SKIP() << missing;
  }
};

constexpr const char* good = "template <class T> __global__ void f(T* x) { *x = 1; }";

bool is_elf(const KernelImage& image) {
  return image.bytes.size() > 4 && image.bytes[1] == std::byte{'E'} && image.bytes[2] == std::byte{'L'};
}

TEST_F(NvrtcCompiler, MakesMachineCodeOfTheDeviceAndTellsTheKernelsName) {
  const Result<KernelImage> image = nvrtc_compile({good, "f<float>", 90, {}});
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_TRUE(is_elf(image.value()));
  EXPECT_EQ(image.value().name, "_Z1fIfEvPT_");
}

TEST_F(NvrtcCompiler, MakesPtxForDevicesNewerThanItself) {
  const Result<KernelImage> image = nvrtc_compile({good, "f<float>", 990, {}});
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_FALSE(is_elf(image.value()));
  EXPECT_EQ(image.value().bytes.back(), std::byte{0});
}

TEST_F(NvrtcCompiler, RefusesDevicesOlderThanItKnows) {
  const Result<KernelImage> image = nvrtc_compile({good, "f<float>", 20, {}});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), Errc::unsupported);
}

TEST_F(NvrtcCompiler, NamesTheLinesOfTheFirstErrorsInOneLine) {
  const Result<KernelImage> image =
      nvrtc_compile({"\n__global__ void f(int* x) {\n  *x = nothing;\n  +;\n}\n", "", 80, {}});
  ASSERT_FALSE(image);
  const std::string what = image.error().what();
  EXPECT_EQ(image.error().code(), Errc::invalid_argument);
  EXPECT_NE(what.find("source(3): error: identifier \"nothing\" is undefined"), std::string::npos) << what;
  EXPECT_NE(what.find("source(4): error"), std::string::npos) << what;
  EXPECT_EQ(what.find('\n'), std::string::npos) << what;
}

TEST_F(NvrtcCompiler, RefusesNamesAndOptionsThatItDoesNotKnow) {
  EXPECT_FALSE(nvrtc_compile({good, "g<float>", 80, {}}));
  const Result<KernelImage> option = nvrtc_compile({good, "f<float>", 80, {"--no-such-option"}});
  ASSERT_FALSE(option);
  EXPECT_EQ(option.error().code(), Errc::invalid_argument);
}

}  // namespace
}  // namespace fovea
