#include "device/cuda/driver.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cuda/fake_device.h"
#include "fovea/error.h"
#include "support/run_program.h"

namespace fovea::test {
namespace {

using testing::HasSubstr;

// Not a test: what a process of its own says of the driver that its environment names.
TEST(CudaDriverReport, DISABLED_Print) {
  if (const char* error = std::getenv("FOVEA_TEST_INIT_ERROR"))
    fake_cuda_fail("cuInit", 1, std::atoi(error), FakeCudaFault::once);
  std::cout << "reason: " << unavailable_reason(Device::cuda(0)) << "." << std::endl;
  try {
    Stream stream(Device::cuda(0));
    std::cout << "usable" << std::endl;
  } catch (const Error& error) {
    std::cout << name(error.code()) << ": " << error.what() << std::endl;
  }
}

std::string report(std::vector<std::pair<std::string, std::string>> environment) {
  ProgramOptions options;
  options.environment = std::move(environment);
  return run_program("/proc/self/exe", {"--gtest_also_run_disabled_tests", "--gtest_filter=CudaDriverReport.*"},
                     options)
      .out;
}

TEST(CudaDriver, IsOpenedWhereTheEnvironmentSays) {
  EXPECT_THAT(report({{"FOVEA_CUDA_DRIVER", FOVEA_FAKE_CUDA}}), HasSubstr("reason: .\nusable\n"));
  const std::string none = report({{"FOVEA_CUDA_DRIVER", "/none/libcuda.so"}});
  EXPECT_THAT(none, HasSubstr("reason: /none/libcuda.so, which FOVEA_CUDA_DRIVER names, cannot be loaded.\n"));
  EXPECT_THAT(none, HasSubstr("DEVICE: device: expected one that can be used, got cuda:0: /none/libcuda.so"));
  EXPECT_THAT(report({{"FOVEA_CUDA_DRIVER", "libm.so.6"}}), HasSubstr("has no function cuInit."));
}

TEST(CudaDriver, ItsRefusalIsTheReason) {
  const auto refused = [](const char* error) {
    return report(
        {{"FOVEA_CUDA_DRIVER", FOVEA_FAKE_CUDA}, {"FOVEA_TEST_INIT_ERROR", error}, {"CUDA_VISIBLE_DEVICES", "-1"}});
  };
  EXPECT_THAT(refused("100"), HasSubstr("the NVIDIA driver finds no device; cuInit gave the driver's error 100 "
                                        "(CUDA_VISIBLE_DEVICES is \"-1\").\nDEVICE: "));
  EXPECT_THAT(refused("803"), HasSubstr("different versions"));
  EXPECT_THAT(refused("999"), HasSubstr("cuInit gave the driver's error 999"));
}

// A context that cannot be made now may be later.
TEST(CudaDriver, RefusesAContext) {
  fake_cuda_fail("cuDevicePrimaryCtxRetain", 1, 46, FakeCudaFault::once);
  try {
    backend(Device::cuda(3));
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::device);
    EXPECT_THAT(error.what(), HasSubstr("cuda:3: cannot be used: cuDevicePrimaryCtxRetain gave the driver's error 46"));
  }
  fake_cuda_reset();
  Stream(Device::cuda(3)).synchronize();
}

// In the child the device answers with an error, and handles are let go without the driver.
TEST(CudaDriver, DoesNotSurviveAFork) {
  auto stream = std::make_unique<Stream>(Device::cuda(0));
  stream->synchronize();
  const pid_t child = ::fork();
  if (child == 0) {
    int failed = 0;
    try {
      stream->synchronize();
      failed = 1;
    } catch (const Error& error) {
      if (error.code() != Errc::device || std::string(error.what()).find("forked") == std::string::npos) failed = 2;
    }
    if (unavailable_reason(Device::cuda(0)).find("forked") == std::string::npos) failed = 3;
    stream.reset();
    ::_exit(failed);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  stream->synchronize();
}

}  // namespace
}  // namespace fovea::test
