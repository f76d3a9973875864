#include <cstdlib>
#include <future>

#include "cuda/fake_device.h"
#include "cuda/programs.h"
#include "device/cuda/driver_functions.h"
#include "fovea/error.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

class LostDevice : public FakeCuda {};

TEST_F(LostDevice, EveryStickyStatusLosesIt) {
  for (const int status :
       {4, 46, 201, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 802, 806, 810, 911, 999}) {
    CudaDevice& device = fresh_device();
    const auto stream = device.make_stream(0);
    fake_cuda_fail("cuStreamSynchronize", 1, status, FakeCudaFault::once);
    const std::string code = std::to_string(status);
    expect_error(Errc::device_lost, code, [&] { stream->synchronize(); });
    const long calls = fake_cuda_calls(nullptr);
    expect_error(Errc::device_lost, code, [&] { stream->synchronize(); });
    expect_error(Errc::device_lost, code, [&] { stream->call("more", [] {}); });
    expect_error(Errc::device_lost, code, [&] { device.async_memory()->allocate(8); });
    expect_error(Errc::device_lost, code, [&] { device.make_stream(0); });
    EXPECT_EQ(fake_cuda_calls(nullptr), calls) << "a lost device is asked again, status " << status;
  }
}

TEST_F(LostDevice, OtherStatusesDoNot) {
  for (const int status : {1, 2, 3, 101, 200, 209, 222, 304, 400, 500, 701, 704, 800, 801, 900, 908, 910}) {
    CudaDevice& device = fresh_device();
    const auto stream = device.make_stream(0);
    fake_cuda_fail("cuStreamSynchronize", 1, status, FakeCudaFault::once);
    expect_error(status == 2 ? Errc::device_memory : Errc::device, std::to_string(status),
                 [&] { stream->synchronize(); });
    EXPECT_FALSE(device.lost());
    stream->synchronize();
    fake_cuda_reset();
  }
}

TEST_F(LostDevice, SaysWhatWasEnqueuedLastAndKeepsTheFirstCause) {
  CudaDevice& device = fresh_device();
  const auto stream = device.make_stream(0);
  fake_cuda_fault_work(2, 700);
  stream->call("resize", [] {});
  stream->call("blur", [] {});
  expect_error(Errc::device_lost,
               "cuda:2: cuStreamSynchronize gave CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was "
               "encountered; asynchronous: met by work enqueued before, the last of its stream being 'blur'",
               [&] { stream->synchronize(); });
  expect_error(Errc::device_lost, "(700)", [&] { device.check(719, "cuLaunchKernel"); });
}

TEST_F(LostDevice, EventsAreDoneAndWhoWaitsGoesOn) {
  CudaDevice& device = fresh_device();
  const auto stream = device.make_stream(0);
  Stream cpu;
  std::promise<void> told, gate;
  fake_cuda_fault_work(2, 719);
  stream->call("hold", [opened = gate.get_future().share()] { opened.wait(); });
  stream->call("faulty", [] {});
  const auto event = stream->record();
  cpu.wait(Event(event));
  event->when_done([&] { told.set_value(); });
  int after = 0;
  cpu.call("after", [&] { ++after; });
  gate.set_value();
  cpu.synchronize();
  told.get_future().wait();
  event->wait();
  EXPECT_TRUE(event->done());
  EXPECT_EQ(after, 1);
  expect_error(Errc::device_lost, "719", [&] { event->ms_since(*event); });
}

TEST_F(LostDevice, HostFunctionsThatHaveNotRunGo) {
  CudaDevice& device = fresh_device();
  const auto stream = device.make_stream(0);
  const auto held = std::make_shared<int>(0);
  std::promise<void> gate;
  fake_cuda_fault_work(2, 719);
  stream->call("hold", [opened = gate.get_future().share()] { opened.wait(); });
  stream->call("faulty", [] {});
  stream->call("holds", [held] { ++*held; });
  gate.set_value();
  expect_error(Errc::device_lost, "719", [&] { stream->synchronize(); });
  drain_afterwork();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

// What waits for it could not know when to go on.
TEST_F(LostDevice, AnEventThatCannotBeAskedLosesIt) {
  for (const char* call : {"cuEventQuery", "cuEventSynchronize"}) {
    CudaDevice& device = fresh_device();
    const auto event = device.make_stream(0)->record();
    fake_cuda_fail(call, 1, 400, FakeCudaFault::once);
    if (std::string(call) == "cuEventQuery")
      EXPECT_TRUE(event->done());
    else
      event->wait();
    EXPECT_TRUE(device.lost()) << call;
    expect_error(Errc::device_lost, std::string(call) + " gave the driver's error 400", [&] { device.check_alive(); });
  }
}

TEST_F(LostDevice, AHangIsEndedByTheWatchdog) {
  ::setenv("FOVEA_DEVICE_TIMEOUT", "0.05", 1);
  CudaDevice& device = fresh_device();
  CudaDevice& other = fresh_device();
  ::unsetenv("FOVEA_DEVICE_TIMEOUT");
  const auto stream = device.make_stream(0);
  fake_cuda_hang_work(1);
  stream->call("endless", [] {});
  expect_error(Errc::device_lost, "cuda:2: expected its work to end within FOVEA_DEVICE_TIMEOUT, got none after 0.05",
               [&] { stream->synchronize(); });
  expect_error(Errc::device_lost, "'endless'", [&] { stream->call("more", [] {}); });
  fake_cuda_reset();

  const auto second = other.make_stream(0);
  fake_cuda_hang_work(1);
  second->call("endless", [] {});
  second->record()->wait();  // an event throws nothing
  expect_error(Errc::device_lost, "FOVEA_DEVICE_TIMEOUT", [&] { second->synchronize(); });
}

TEST_F(LostDevice, ShortWorkIsLeftAloneByTheWatchdog) {
  ::setenv("FOVEA_DEVICE_TIMEOUT", "1000", 1);
  CudaDevice& device = fresh_device();
  ::unsetenv("FOVEA_DEVICE_TIMEOUT");
  copy_program(device);
  graph_program(device);
  wait_program(device);
  EXPECT_FALSE(device.lost());
}

TEST_F(LostDevice, RefusesSecondsThatAreNone) {
  for (const std::string variable : {"FOVEA_DEVICE_TIMEOUT", "FOVEA_DEVICE_CHECK"}) {
    for (const char* text : {"0", "-1", "nan", "inf", "1e7", "5s", " 5", "five"}) {
      ::setenv(variable.c_str(), text, 1);
      expect_error(Errc::invalid_argument, variable + ": expected seconds", [] { fresh_device(); });
    }
    ::unsetenv(variable.c_str());
  }
}

TEST_F(LostDevice, ASelfCheckFindsWrongBytes) {
  fake_cuda_flip_copies(1);
  CudaDevice& wrong_from_the_start = fresh_device();
  expect_error(Errc::device_lost,
               "cuda:2: self-check: expected the bytes sent to it to come back, got others from byte 0",
               [&] { wrong_from_the_start.make_stream(0); });
  fake_cuda_reset();

  CudaDevice& wrong_after_an_error = fresh_device();
  const auto stream = wrong_after_an_error.make_stream(0);
  fake_cuda_flip_copies(1);
  stream->synchronize();
  fake_cuda_fail("cuMemAllocAsync", 1, 2, FakeCudaFault::once);
  expect_error(Errc::device_memory, "cuMemAllocAsync", [&] { wrong_after_an_error.async_memory()->allocate(8); });
  expect_error(Errc::device_lost, "self-check", [&] { stream->synchronize(); });
}

}  // namespace
}  // namespace fovea::test
