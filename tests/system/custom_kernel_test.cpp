#include <gtest/gtest.h>

#include <cstdlib>

#include "support/run_program.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

constexpr const char* fake = FOVEA_BINARY_DIR "/tests/libfovea_fake_cuda.so";

class CustomKernelExample : public testing::Test {
 protected:
  ProgramResult run(const std::string& driver, const std::string& nvrtc) const {
    ProgramOptions options;
    options.environment = {
        {"FOVEA_CUDA_DRIVER", driver}, {"FOVEA_NVRTC", nvrtc}, {"FOVEA_CACHE", cache_.path().string()}};
    return run_program(FOVEA_BINARY_DIR "/examples/custom_kernel_example", {}, options);
  }

 private:
  TemporaryDirectory cache_;
};

TEST_F(CustomKernelExample, SaysWhyThereIsNoDevice) {
  const ProgramResult result = run("/nowhere.so", fake);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("custom_kernel: no CUDA device to run on: "), std::string::npos) << result.out;
}

TEST_F(CustomKernelExample, ComputesTheSameInBothWays) {
  for (int time = 0; time < 2; ++time) {  // the second time from the cache
    const ProgramResult result = run(fake, fake);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const std::string text = "custom_kernel: on cuda:0, at most ";
    ASSERT_TRUE(result.out.starts_with(text)) << result.out;
    EXPECT_LT(std::strtod(result.out.c_str() + text.size(), nullptr), 1e-6) << result.out;
  }
}

TEST_F(CustomKernelExample, FailsWithoutNvrtcInOneLine) {
  const ProgramResult result = run(fake, "/nowhere.so");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err,
            "nvrtc: expected NVIDIA's run-time compiler, found none of /nowhere.so; install the CUDA toolkit's NVRTC, "
            "or name it by FOVEA_NVRTC\n");
}

}  // namespace
}  // namespace fovea::test
