#include "device/cuda/canary.h"

#include <cstdlib>
#include <set>

#include "cuda/fake_device.h"
#include "cuda/programs.h"
#include "device/cuda/canary_kernel.h"
#include "device/cuda/driver_functions.h"
#include "fovea/error.h"
#include "support/expect_error.h"

// The fake driver runs the kernel's PTX step by step.
namespace fovea::test {
namespace {

class Canary : public FakeCuda {};

// Of one run: 128 lanes with a product and 32 steps of one product, two multiply-adds and three exclusive ors, 127 sums
// of the fold, and as much by the other multiprocessor.
constexpr long of_a_block = 128 * (1 + 32 * 6) + 127, of_a_run = 2 * of_a_block;

TEST_F(Canary, EveryWrongBitIsFound) {
  std::set<long> places{1, 2, of_a_block - 1, of_a_block, of_a_block + 1, of_a_run - 1, of_a_run};
  for (long place = 7; place < of_a_run; place += 1009) places.insert(place);
  for (const long place : places) {
    fake_cuda_flip_arithmetic(place);
    EXPECT_TRUE(fresh_device().lost()) << place;
  }
  fake_cuda_flip_arithmetic(of_a_run + 1);
  EXPECT_FALSE(fresh_device().lost());
}

TEST_F(Canary, SaysWhatIsWrongAndWhere) {
  fake_cuda_flip_arithmetic(of_a_run);
  CudaDevice& device = fresh_device();
  const std::uint32_t digest = canary_digest(1);
  const auto hexadecimal = [](std::uint32_t word) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", word);
    return std::string(text);
  };
  expect_error(Errc::device_lost,
               "cuda:2: self-check: expected its arithmetic to give " + hexadecimal(digest) + ", got " +
                   hexadecimal(digest ^ 1) + " from multiprocessor 1; its results cannot be trusted",
               [&] { device.make_stream(0); });
}

TEST_F(Canary, DigestsDifferByRound) {
  std::set<std::uint32_t> digests;
  for (std::uint32_t seed = 0; seed < 1000; ++seed) digests.insert(canary_digest(seed));
  EXPECT_EQ(digests.size(), 1000u);
}

TEST_F(Canary, RunsAfterEveryErrorThatLeavesTheDevice) {
  CudaDevice& device = fresh_device();
  fake_cuda_fail("cuMemAlloc_v2", 1, 2, FakeCudaFault::once);
  fake_cuda_flip_arithmetic(5);
  expect_error(Errc::device_memory, "cuMemAlloc_v2", [&] { device.raw_memory()->allocate(8); });
  expect_error(Errc::device_lost, "self-check: expected its arithmetic", [&] { device.raw_memory()->allocate(8); });
}

TEST_F(Canary, RunsInTimeWhenSomebodyWaits) {
  ::setenv("FOVEA_DEVICE_CHECK", "0.000001", 1);
  CudaDevice &often = fresh_device(), &wrong = fresh_device();
  ::unsetenv("FOVEA_DEVICE_CHECK");
  CudaDevice& seldom = fresh_device();
  copy_program(often);
  graph_program(often);
  wait_program(often);
  EXPECT_FALSE(often.lost());

  const auto rare = seldom.make_stream(0), stream = wrong.make_stream(0);
  fake_cuda_flip_arithmetic(100);
  rare->synchronize();
  expect_error(Errc::device_lost, "self-check: expected its arithmetic", [&] { stream->synchronize(); });
  EXPECT_FALSE(seldom.lost());
}

TEST_F(Canary, AKernelThatCannotRunLosesTheDevice) {
  fake_cuda_fail("cuLaunchKernel", 1, 701, FakeCudaFault::once);
  EXPECT_TRUE(fresh_device().lost());
  fake_cuda_fail("cuLaunchKernel", 1, 719, FakeCudaFault::once);
  EXPECT_TRUE(fresh_device().lost());
}

// A driver without its compiler of PTX is told of, and checks copies all the same.
TEST_F(Canary, IsLeftOutWithAReasonWherePtxCannotBeCompiled) {
  for (const int status : {209, 218, 221, 222, 223}) {
    fake_cuda_fail("cuModuleLoadDataEx", 1, status, FakeCudaFault::once);
    CudaDevice& device = fresh_device();
    EXPECT_FALSE(device.lost());
    EXPECT_NE(device.unchecked().find("cuModuleLoadDataEx gave "), std::string::npos);
    EXPECT_NE(device.unchecked().find(std::to_string(status)), std::string::npos) << device.unchecked();
    copy_program(device);
    fake_cuda_flip_copies(1);
    device.check_health();
    EXPECT_TRUE(device.lost());
    fake_cuda_reset();
  }
  EXPECT_EQ(fresh_device().unchecked(), "");
}

TEST_F(Canary, OtherErrorsOfItsMakingAreTheDevices) {
  const auto before = live_handles();
  for (const char* call : {"cuModuleLoadDataEx", "cuModuleGetFunction"}) {
    fake_cuda_fail(call, 1, 1, FakeCudaFault::once);
    expect_error(Errc::device, call, [] { fresh_device(); });
  }
  EXPECT_EQ(live_handles().at("module"), before.at("module"));
}

}  // namespace
}  // namespace fovea::test
