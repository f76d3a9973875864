#include "fovea/profile.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <vector>

#include "cuda/fake_device.h"
#include "cuda/programs.h"
#include "fovea/array.h"
#include "fovea/expr.h"
#include "fovea/graph.h"
#include "fovea/kernel.h"
#include "fovea/ops.h"
#include "suites/device/device_suite.h"

namespace fovea::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// What a recording says of the device itself, as "copy cpu to cuda:0 x1 4096 bytes".
std::vector<std::string> lines(const Profile& profile, Device device = Device::cuda(0)) {
  std::vector<std::string> result;
  for (const ProfileGroup& g : profile.groups)
    if (g.device == device)
      result.push_back(std::string(name(g.activity)) + " " + g.name + " x" + std::to_string(g.calls) +
                       (g.bytes > 0 ? " " + std::to_string(g.bytes) + " bytes" : ""));
  return result;
}

std::vector<ProfileSpan> spans(const Profile& profile, Device device = Device::cuda(0)) {
  std::vector<ProfileSpan> result;
  std::copy_if(profile.spans.begin(), profile.spans.end(), std::back_inserter(result),
               [&](const ProfileSpan& span) { return profile.groups[span.group].device == device; });
  return result;
}

class CudaProfile : public FakeCuda {
 protected:
  ~CudaProfile() override {
    fake_cuda_reset();
    try {
      stop_profile();
    } catch (const Error&) {
      // It was stopped.
    }
  }
};

TEST_F(CudaProfile, CopiesAndFillsWithDirectionAndBytes) {
  Stream stream(Device::cuda(0));
  const DeviceBytes first(Device::cuda(0), 5000), second(Device::cuda(0), 5000), other(Device::cuda(1), 5000);
  std::vector<std::byte> host(5000);
  start_profile();
  stream.backend()->fill({first.data(), {}, 700});
  stream.backend()->copy(first.from_host(host.data()));
  stream.backend()->copy(first.from_host(host.data()));
  stream.backend()->copy({second.data(), first.data(), Device::cuda(0), Device::cuda(0), 100, 20, 200, 200});
  stream.backend()->copy({other.data(), first.data(), Device::cuda(1), Device::cuda(0), 300, 1, 0, 0});
  stream.backend()->copy(second.to_host(host.data()));
  stream.backend()->copy({});
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile),
              UnorderedElementsAre("fill fill x1 700 bytes", "copy cpu to cuda:0 x2 10000 bytes",
                                   "copy cuda:0 to cuda:0 x1 2000 bytes", "copy cuda:0 to cuda:1 x1 300 bytes",
                                   "copy cuda:0 to cpu x1 5000 bytes"));
  EXPECT_EQ(profile.not_kept, 0);
  stream.synchronize();
}

TEST_F(CudaProfile, WorkThatIsRefusedIsNoSpan) {
  Stream stream(Device::cuda(0));
  const auto raw = cuda_memory(Device::cuda(0));
  auto* const freed = static_cast<std::byte*>(raw->allocate(64));
  raw->deallocate(freed, 64);
  start_profile();
  EXPECT_THROW(stream.backend()->fill({freed, {}, 64}), Error);
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile), IsEmpty());
  EXPECT_EQ(profile.not_kept, 0);
}

TEST_F(CudaProfile, SpansOfAStreamFollowEachOtherWithinTheRecording) {
  Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 1 << 16);
  start_profile();
  for (int k = 0; k < 50; ++k) stream.backend()->fill({block.data(), std::byte(k), 1 << 16});
  const Profile profile = stop_profile();
  const std::vector<ProfileSpan> all = spans(profile);
  ASSERT_EQ(all.size(), 50u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_GE(all[i].begin_ns, i == 0 ? 0 : all[i - 1].end_ns);
    EXPECT_GE(all[i].end_ns, all[i].begin_ns);
    EXPECT_LE(all[i].end_ns, profile.duration_ns);
    EXPECT_EQ(all[i].track, all[0].track);
  }
  EXPECT_GT(all.back().end_ns, all.front().begin_ns);
}

TEST_F(CudaProfile, StreamsHaveTracksOnOneClock) {
  Stream first(Device::cuda(0)), second(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 4096);
  start_profile();
  first.backend()->fill({block.data(), {}, 4096});
  second.wait(first.record());
  second.backend()->fill({block.data(), {}, 4095});
  const std::vector<ProfileSpan> all = spans(stop_profile());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].bytes, 4096);
  EXPECT_GE(all[1].begin_ns, all[0].begin_ns);
  EXPECT_NE(all[0].track, all[1].track);
}

// The graph is one span, as long at least as the function in it, which waits until the launch has returned.
TEST_F(CudaProfile, AGraphIsOneSpanAndItsRecordingNone) {
  Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  std::promise<void> launched;
  start_profile();
  const Graph graph = Graph::record(stream, [&] {
    stream.backend()->fill({block.data(), {}, 64});
    stream.call("held", [&] { launched.get_future().wait(); });
  });
  EXPECT_EQ(graph.nodes().size(), 2u);
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  launched.set_value();
  const Profile profile = stop_profile();
  EXPECT_EQ(profile.not_kept, 0);
  ASSERT_THAT(lines(profile), ElementsAre("kernel graph of 2 nodes x1"));
  const auto held = std::ranges::find(profile.groups, "held", &ProfileGroup::name);
  ASSERT_NE(held, profile.groups.end());
  EXPECT_EQ(held->activity, Activity::host_call);
  constexpr std::int64_t rounding = 1000;
  EXPECT_GE(profile.groups[spans(profile)[0].group].total_ns + rounding, held->total_ns);
}

TEST_F(CudaProfile, HostFunctionsByName) {
  Stream stream(Device::cuda(0));
  start_profile();
  stream.call("twice", [] {});
  stream.call("twice", [] { throw Error(Errc::internal, "failed"); });
  stream.call("skipped", [] {});
  EXPECT_THROW(stream.synchronize(), Error);
  EXPECT_THAT(lines(stop_profile(), Device::cpu()), UnorderedElementsAre("host call twice x2", "wait stream x1"));
}

TEST_F(CudaProfile, KernelsOpsAndExpressions) {
  const Stream stream(Device::cuda(0));
  const RawKernel add("template <class T> __global__ void add(T* x) { x[threadIdx.x] += 1; }", "add<float>");
  const Array x = Array::zeros({8}, DType::f32).to(Device::cuda(0));
  const Array picture = Array::zeros({4, 4, 3}, DType::u8).to(Device::cuda(0));
  eval(x + 1, stream);
  stream.synchronize();
  start_profile();
  for (int k = 0; k < 3; ++k) add.launch(stream, {1}, {8}, {x});
  const Array more = eval(x + 1, stream);
  const Array flipped = ops::enqueue("flip", {}, {&picture, 1}, stream);
  const Profile profile = stop_profile();
  const std::vector<std::string> got = lines(profile);
  EXPECT_EQ(profile.not_kept, 0);
  EXPECT_THAT(got, Contains("kernel add<float> x3"));
  EXPECT_THAT(got, Contains("kernel flip/portable x1"));
  EXPECT_EQ(got.size(), 3u) << testing::PrintToString(got);
}

TEST_F(CudaProfile, AllocationsOfTheDriver) {
  const auto raw = cuda_memory(Device::cuda(0)), pinned = pinned_memory(Device::cuda(0));
  start_profile();
  void* block = raw->allocate(4096);
  void* locked = cuda_backend(0).pinned_memory()->allocate(100);
  const Profile profile = stop_profile();
  raw->deallocate(block, 4096);
  cuda_backend(0).pinned_memory()->deallocate(locked, 100);
  EXPECT_THAT(lines(profile, Device::cpu()), UnorderedElementsAre("allocation device memory x1 4096 bytes",
                                                                  "allocation page-locked memory x1 100 bytes"));
}

TEST_F(CudaProfile, NothingIsAskedOfTheDriverWhileNothingRecords) {
  Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  const long before = fake_cuda_calls("cuEventCreate");
  stream.backend()->fill({block.data(), {}, 64});
  stream.call("work", [] {});
  stream.synchronize();
  EXPECT_EQ(fake_cuda_calls("cuEventCreate"), before);
}

// Of work that has not ended a second after the stop nothing is told but that it was.
TEST_F(CudaProfile, WorkThatDoesNotEndIsCounted) {
  Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  stream.backend()->fill({block.data(), {}, 64});
  stream.synchronize();
  fake_cuda_hang_work(1);
  stream.backend()->fill({block.data(), {}, 64});
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile), ElementsAre("fill fill x1 64 bytes"));
  EXPECT_EQ(profile.not_kept, 1);
  start_profile();
  fake_cuda_reset();
  stream.synchronize();
  drain_afterwork();
  const Profile next = stop_profile();
  EXPECT_THAT(lines(next), IsEmpty());
  EXPECT_EQ(next.not_kept, 0);
}

TEST_F(CudaProfile, ALostDeviceHasNoTimes) {
  CudaDevice& device = fresh_device();
  const auto stream = device.make_stream(0);
  void* block = device.raw_memory()->allocate(64);
  start_profile();
  fake_cuda_fault_work(1, 700);
  stream->fill({static_cast<std::byte*>(block), {}, 64});
  EXPECT_THROW(stream->synchronize(), Error);
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile, device.device()), IsEmpty());
  EXPECT_EQ(profile.not_kept, 1);
}

// Whichever call fails, also one of the measuring itself: the recording ends and no handle is left.
TEST_F(CudaProfile, FailingCallsLeaveNothingBehind) {
  CudaDevice* device = nullptr;
  const auto take_fresh = [&] {
    device = &fresh_device();
    start_profile();
    copy_program(*device);  // makes what the device keeps
    stop_profile();
  };
  take_fresh();
  int n = 1;
  for (const char* failed = ""; failed != nullptr; ++n) {
    ASSERT_LT(n, 1000);
    drain_afterwork();
    const auto before = live_handles();
    start_profile();
    fake_cuda_fail(nullptr, n, 2, FakeCudaFault::once);
    try {
      copy_program(*device);
    } catch (const Error&) {
      // As without a recording.
    }
    stop_profile();
    drain_afterwork();
    failed = fake_cuda_failed();
    fake_cuda_reset();
    const std::string call = failed == nullptr ? "" : failed;
    const bool may_leave_a_handle =
        std::ranges::any_of(std::array{"Destroy", "Free", "CtxGetCurrent", "CtxPushCurrent"},
                            [&](const char* part) { return call.find(part) != std::string::npos; });
    if (device->lost()) {
      fake_cuda_end_streams(2);
      take_fresh();
    } else if (!may_leave_a_handle) {
      EXPECT_EQ(live_handles(), before) << call << ", call " << n;
    }
  }
  EXPECT_GT(n, 60);
}

}  // namespace
}  // namespace fovea::test
