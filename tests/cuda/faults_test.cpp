#include <optional>
#include <string_view>

#include "cuda/fake_device.h"
#include "cuda/programs.h"
#include "fovea/error.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

struct Program {
  const char* name;
  void (*run)(CudaDevice&);
};

class EveryCall : public FakeCuda, public testing::WithParamInterface<Program> {};
INSTANTIATE_TEST_SUITE_P(Programs, EveryCall,
                         testing::Values(Program{"copy", copy_program}, Program{"graph", graph_program},
                                         Program{"nested_graph", nested_graph_program}, Program{"wait", wait_program}),
                         [](const auto& program) { return program.param.name; });

// A handle that the driver refused to free, or for which it could not be asked, stays.
bool may_leave_a_handle(std::string_view function) {
  for (const char* part : {"Destroy", "Free", "CtxGetCurrent", "CtxPushCurrent"})
    if (function.find(part) != std::string_view::npos) return true;
  return false;
}

// What the program throws when its nth call fails; empty when it does not.
std::optional<Error> run_with(void (*program)(CudaDevice&), CudaDevice& device, int nth, int error,
                              FakeCudaFault fault) {
  fake_cuda_fail(nullptr, nth, error, fault);
  try {
    program(device);
  } catch (const Error& thrown) {
    return thrown;
  }
  return std::nullopt;
}

constexpr int enough = 400;  // calls, more than any program makes

void fail_every_call(void (*program)(CudaDevice&), int error, Errc expected) {
  CudaDevice* device = &fresh_device();
  program(*device);  // makes what the device keeps
  for (int n = 1; n < enough; ++n) {
    drain_afterwork();
    const auto before = live_handles();
    const std::optional<Error> thrown = run_with(program, *device, n, error, FakeCudaFault::once);
    drain_afterwork();
    const char* failed = fake_cuda_failed();
    fake_cuda_reset();
    if (failed == nullptr) {
      EXPECT_GT(n, 20);
      return;
    }
    if (thrown) {
      EXPECT_TRUE(thrown->code() == expected || thrown->code() == Errc::device_lost)
          << failed << ": " << thrown->what();
      EXPECT_NE(std::string(thrown->what()).find("cuda:2"), std::string::npos) << thrown->what();
    }
    if (!device->lost() && !may_leave_a_handle(failed)) {
      EXPECT_EQ(live_handles(), before) << failed << ", call " << n;
    }
    if (device->lost()) {
      fake_cuda_end_streams(2);
      device = &fresh_device();
      program(*device);
    } else {
      EXPECT_NO_THROW(program(*device)) << "after " << failed;
    }
  }
  FAIL() << "the program makes more than " << enough << " calls";
}

TEST_P(EveryCall, RefusedOnce) {
  fail_every_call(GetParam().run, 1, Errc::device);
}

TEST_P(EveryCall, OutOfMemoryOnce) {
  fail_every_call(GetParam().run, 2, Errc::device_memory);
}

TEST_P(EveryCall, LostThere) {
  for (int n = 1; n < enough; ++n) {
    CudaDevice& device = fresh_device();
    const std::optional<Error> thrown = run_with(GetParam().run, device, n, 700, FakeCudaFault::lost);
    const char* failed = fake_cuda_failed();
    drain_afterwork();
    fake_cuda_reset();
    if (failed == nullptr) {
      EXPECT_GT(n, 20);
      return;
    }
    if (!thrown) continue;  // it was among the last, which free what the program had
    EXPECT_EQ(thrown->code(), Errc::device_lost) << failed << ": " << thrown->what();
    EXPECT_TRUE(device.lost());
    expect_error(Errc::device_lost, "", [&] { device.make_stream(0); });
  }
  FAIL() << "the program makes more than " << enough << " calls";
}

// What runs is at fault, and a later call tells.
TEST_P(EveryCall, LostByWork) {
  for (int n = 1; n < 50; ++n) {
    CudaDevice& device = fresh_device();
    GetParam().run(device);
    drain_afterwork();
    fake_cuda_fault_work(n, 719);
    std::optional<Error> thrown;
    try {
      GetParam().run(device);
    } catch (const Error& error) {
      thrown = error;
    }
    drain_afterwork();
    fake_cuda_reset();
    if (!thrown) {
      if (!device.lost()) {
        EXPECT_GT(n, 1);
        return;
      }
      continue;
    }
    EXPECT_EQ(thrown->code(), Errc::device_lost) << thrown->what();
    EXPECT_NE(std::string(thrown->what()).find("asynchronous"), std::string::npos) << thrown->what();
  }
  FAIL() << "the program has more than 50 pieces of work";
}

}  // namespace
}  // namespace fovea::test
