#include "fovea/memory.h"

#include <atomic>
#include <cstring>
#include <future>
#include <thread>

#include "cuda/fake_device.h"
#include "cuda/programs.h"
#include "device/cuda/memory.h"
#include "fovea/error.h"
#include "fovea/system.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

class CudaMemoryTest : public FakeCuda {};

TEST_F(CudaMemoryTest, OutOfMemoryIsAnErrorThatPasses) {
  CudaDevice& device = fresh_device();
  fake_cuda_set_memory(1 << 20);
  for (const auto& memory : {device.async_memory(), device.raw_memory()}) {
    expect_error(Errc::device_memory, "CUDA_ERROR_OUT_OF_MEMORY (2), out of memory",
                 [&] { (void)memory->allocate(2 << 20); });
    void* block = memory->allocate(1000);
    memory->deallocate(block, 1000);
  }
  EXPECT_FALSE(device.lost());
  copy_program(device);
}

TEST_F(CudaMemoryTest, BlocksGoBackOnce) {
  CudaDevice& device = fresh_device();
  const auto before = live_handles();
  for (const auto& memory : {device.async_memory(), device.raw_memory(), device.pinned_memory()}) {
    void* block = memory->allocate(100);
    EXPECT_NE(live_handles(), before);
    memory->deallocate(block, 100);
    EXPECT_EQ(live_handles(), before);
    EXPECT_EQ(memory->allocate(0), nullptr);
    memory->deallocate(nullptr, 0);
  }
}

TEST_F(CudaMemoryTest, CopiesBeyondABlockAndFromFreedOnesAreRefused) {
  CudaDevice& device = fresh_device();
  const auto stream = device.make_stream(0);
  auto* const block = static_cast<std::byte*>(device.async_memory()->allocate(100));
  std::vector<std::byte> host(101);
  const auto copy = [&] { stream->copy({host.data(), block, Device::cpu(), device.device(), 101, 1, 0, 0}); };
  expect_error(Errc::device, "CUDA_ERROR_INVALID_VALUE (1)", copy);
  device.async_memory()->deallocate(block, 100);
  expect_error(Errc::device, "CUDA_ERROR_INVALID_VALUE (1)", [&] { stream->fill({block, std::byte{}, 1}); });
}

TEST_F(CudaMemoryTest, RefusedPinnedMemoryIsPageableAndCounted) {
  CudaDevice& device = fresh_device();
  fake_cuda_fail("cuMemHostAlloc", 1, 2, FakeCudaFault::forever);
  const auto pinned = device.pinned_memory();
  void* block = pinned->allocate(100);
  std::memset(block, 1, 100);
  EXPECT_EQ(device.pinned_failures(), 1u);
  pinned->deallocate(block, 100);
  copy_program(device);  // without staging
  EXPECT_GT(device.pinned_failures(), 1u);
  EXPECT_FALSE(device.lost());
}

TEST_F(CudaMemoryTest, TheSystemsLineTellsOfRefusedPinnedMemory) {
  const auto line = [] { return system_info().devices.at(2); };
  EXPECT_EQ(line().find("Fake device 1, 8192 MiB, compute capability 9.0, driver of CUDA 13.0"), 8u) << line();
  const auto pinned = pinned_memory(Device::cuda(1));
  EXPECT_EQ(line().find("page-locked"), std::string::npos) << line();
  fake_cuda_fail("cuMemHostAlloc", 1, 2, FakeCudaFault::once);
  pinned->deallocate(pinned->allocate(100), 100);
  EXPECT_NE(line().find("page-locked memory was refused 1 times"), std::string::npos) << line();
}

// The block is freed when the stream has been waited for, and its failure is still the caller's to meet.
TEST_F(CudaMemoryTest, AFreeThatCannotBeOrderedLeavesTheStreamsFailure) {
  const auto pinned = pinned_memory(Device::cuda(1)), pool = device_memory(Device::cuda(1));
  for (const auto& memory : {pinned, pool}) {
    Stream stream(Device::cuda(1));
    std::promise<void> gate;
    void* block = memory->allocate_async(64, stream);
    stream.call("faulty", [opened = gate.get_future().share()] {
      opened.wait();
      throw Error(Errc::internal, "planted");
    });
    fake_cuda_fail("cuEventCreate", 1, 1, FakeCudaFault::once);
    std::atomic<bool> freed = false;
    std::thread opener([&] {  // not before the event has failed: an idle stream needs none
      while (!freed && fake_cuda_failed() == nullptr) std::this_thread::yield();
      gate.set_value();
    });
    memory->deallocate_async(block, 64, stream);
    freed = true;
    opener.join();
    EXPECT_STREQ(fake_cuda_failed(), "cuEventCreate");
    expect_error(Errc::internal, "faulty: planted", [&] { stream.synchronize(); });
    fake_cuda_reset();
  }
}

TEST_F(CudaMemoryTest, FreesInStreamOrder) {
  CudaDevice& device = fresh_device();
  const auto pinned = device.pinned_memory();
  Stream(Device::cuda(0)).synchronize();  // which keeps what it opens
  const auto before = live_handles();
  {
    Stream stream(Device::cuda(0));  // of another device: the block waits for its work
    auto* const block = static_cast<std::byte*>(pinned->allocate(64));
    stream.call("use", [block] { std::memset(block, 1, 64); });
    pinned->deallocate_async(block, 64, stream);
    stream.synchronize();
  }
  drain_afterwork();
  EXPECT_EQ(live_handles(), before);
}

}  // namespace
}  // namespace fovea::test
