#include <gmock/gmock.h>

#include <algorithm>

#include "cuda/fake_device.h"
#include "device/cuda/activities.h"
#include "device/cuda/cupti_library.h"
#include "device/cuda/kernel_name.h"
#include "fovea/array.h"
#include "fovea/expr.h"
#include "fovea/graph.h"
#include "fovea/kernel.h"
#include "fovea/profile.h"
#include "suites/device/device_suite.h"

// Profiles by CUPTI, which the fake driver is too.
namespace fovea::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr const char* add_source = "extern \"C\" __global__ void add(float* x) { x[threadIdx.x] += 1; }";

std::vector<std::string> lines(const Profile& profile, Device device = Device::cuda(0)) {
  std::vector<std::string> result;
  for (const ProfileGroup& g : profile.groups)
    if (g.device == device)
      result.push_back(std::string(name(g.activity)) + " " + g.name + " x" + std::to_string(g.calls) +
                       (g.bytes > 0 ? " " + std::to_string(g.bytes) + " bytes" : ""));
  return result;
}

class CuptiProfile : public FakeCuda, public testing::WithParamInterface<FakeCupti> {
 protected:
  CuptiProfile() { fake_cuda_set_cupti(GetParam()); }
  ~CuptiProfile() override { fake_cuda_set_cupti(FakeCupti::refuses); }
};
INSTANTIATE_TEST_SUITE_P(Orders, CuptiProfile,
                         testing::Values(FakeCupti::tells_calls_first, FakeCupti::tells_work_first),
                         [](const auto& how) {
                           return how.param == FakeCupti::tells_calls_first ? "CallsFirst" : "WorkFirst";
                         });

TEST_P(CuptiProfile, KernelsCopiesAndFillsOfTheirOwn) {
  const Stream stream(Device::cuda(0));
  const RawKernel add(add_source, "add");
  const DeviceBytes first(Device::cuda(0), 4096), other(Device::cuda(1), 4096);
  const Array x = Array::zeros({8}, DType::f32).to(Device::cuda(0));
  std::vector<std::byte> host(4096);
  eval(x + 1, stream);
  stream.synchronize();
  start_profile();
  for (int k = 0; k < 3; ++k) add.launch(stream, {1}, {8}, {x});
  const Array more = eval(x + 1, stream);
  stream.backend()->fill({first.data(), {}, 700});
  stream.backend()->copy(first.from_host(host.data()));
  stream.backend()->copy({other.data(), first.data(), Device::cuda(1), Device::cuda(0), 300, 1, 0, 0});
  stream.backend()->copy(first.to_host(host.data()));
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile),
              UnorderedElementsAre("kernel add x3", "kernel evaluate x1", "fill fill x1 700 bytes",
                                   "copy cpu to cuda:0 x1 4096 bytes", "copy cuda:0 to cuda:1 x1 300 bytes",
                                   "copy cuda:0 to cpu x1 4096 bytes"));
  EXPECT_EQ(profile.not_kept, 0);
  EXPECT_EQ(profile.device_times, "CUPTI (version 7)");
  EXPECT_THAT(profile_report(profile), HasSubstr("\nTimes of CUDA devices by CUPTI (version 7)\n"));
  for (const ProfileSpan& span : profile.spans) {
    EXPECT_GE(span.begin_ns, 0);
    EXPECT_LE(span.begin_ns, span.end_ns);
    EXPECT_LE(span.end_ns, profile.duration_ns);
  }
}

TEST_P(CuptiProfile, KernelsWithinAGraphAreToldApart) {
  const Stream stream(Device::cuda(0));
  const RawKernel add(add_source, "add"),
      twice("extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }", "twice");
  const Array x = Array::zeros({8}, DType::f32).to(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  const Graph graph = Graph::record(stream, [&] {
    add.launch(stream, {1}, {8}, {x});
    twice.launch(stream, {1}, {8}, {x});
    twice.launch(stream, {1}, {8}, {x});
    stream.backend()->fill({block.data(), {}, 64});
  });
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  exec.launch(stream);
  EXPECT_THAT(lines(stop_profile()),
              UnorderedElementsAre("kernel graph of 4 nodes: add x2", "kernel graph of 4 nodes: twice x4",
                                   "fill fill x2 128 bytes"));
}

TEST_P(CuptiProfile, SpansLieOnTheirStreams) {
  const Stream first(Device::cuda(0)), second(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  for (int k = 0; k < 20; ++k) (k % 2 == 0 ? first : second).backend()->fill({block.data(), {}, 64});
  const Profile profile = stop_profile();
  std::map<std::int64_t, int> by_track;
  for (const ProfileSpan& span : profile.spans) ++by_track[span.track];
  ASSERT_EQ(by_track.size(), 2u);
  for (const auto& [track, count] : by_track) {
    EXPECT_GT(track, 0);
    EXPECT_EQ(count, 10);
  }
}

TEST_P(CuptiProfile, WhatNobodyNamedIsNamedAfterItself) {
  CudaDevice& device = cuda_backend(0);
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  stream.backend()->fill({block.data(), {}, 64});  // with it CUPTI begins to listen
  device.check_health();
  EXPECT_THAT(lines(stop_profile()), testing::IsSupersetOf({std::string("kernel fovea_canary x1"),
                                                            std::string("copy cpu to cuda:0 x1 4096 bytes")}));
}

TEST_P(CuptiProfile, NothingIsLeftForTheNextRecording) {
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  for (int round = 0; round < 3; ++round) {
    start_profile();
    stream.backend()->fill({block.data(), {}, 64});
    EXPECT_THAT(lines(stop_profile()), UnorderedElementsAre("fill fill x1 64 bytes"));
    stream.backend()->fill({block.data(), {}, 64});
    stream.synchronize();
  }
  start_profile();
  const Profile idle = stop_profile();
  EXPECT_THAT(lines(idle), IsEmpty());
  EXPECT_EQ(idle.device_times, "");
}

// Its times are not asked for; the work is counted.
TEST_P(CuptiProfile, WorkThatDoesNotEndIsCounted) {
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  stream.backend()->fill({block.data(), {}, 64});
  stream.synchronize();
  fake_cuda_hang_work(1);
  stream.backend()->fill({block.data(), {}, 64});
  const Profile profile = stop_profile();
  EXPECT_THAT(lines(profile), UnorderedElementsAre("fill fill x1 64 bytes"));
  EXPECT_EQ(profile.not_kept, 1);
  fake_cuda_reset();
  stream.synchronize();
}

TEST_P(CuptiProfile, WorkThatIsRefusedEndsItsName) {
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  fake_cuda_fail("cuMemsetD8Async", 1, 1, FakeCudaFault::once);
  EXPECT_THROW(stream.backend()->fill({block.data(), {}, 64}), Error);
  const RawKernel add(add_source, "add");
  const Array x = Array::zeros({8}, DType::f32).to(Device::cuda(0));
  cuda_backend(0).check_health();
  const std::vector<std::string> got = lines(stop_profile());
  EXPECT_THAT(got, testing::Contains(StartsWith("kernel fovea_canary x"))) << "named after the fill that failed";
}

class CuptiRefused : public FakeCuda {};

TEST_F(CuptiRefused, LeavesTheTimesToEventsAndSaysWhy) {
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  start_profile();
  stream.backend()->fill({block.data(), {}, 64});
  const Profile profile = stop_profile();
  const std::string why =
      "events, not CUPTI: cuptiActivityEnable of kind 10 gave CUPTI_ERROR_INSUFFICIENT_PRIVILEGES (35)";
  EXPECT_THAT(lines(profile), UnorderedElementsAre("fill fill x1 64 bytes"));
  EXPECT_EQ(profile.device_times, why);
  EXPECT_THAT(profile_report(profile), HasSubstr("\nTimes of CUDA devices by " + why + "\n"));
  EXPECT_THAT(cuda_description(0), HasSubstr("; profiles by " + why));
}

TEST_F(CuptiRefused, RecordsThatItDroppedAreCounted) {
  const Stream stream(Device::cuda(0));
  const DeviceBytes block(Device::cuda(0), 64);
  fake_cuda_set_cupti(FakeCupti::drops);
  start_profile();
  stream.backend()->fill({block.data(), {}, 64});
  const Profile profile = stop_profile();
  fake_cuda_set_cupti(FakeCupti::refuses);
  EXPECT_EQ(profile.not_kept, 6);  // 3 with each of two buffers
  EXPECT_THAT(lines(profile), UnorderedElementsAre("fill fill x1 64 bytes"));
}

TEST(CuptiLibrary, IsAskedForItsPermissionByARecordingOnly) {
  const Cupti found = load_cupti(FOVEA_FAKE_CUDA), none = load_cupti("off");
  EXPECT_EQ(CudaActivities(found).how(), "CUPTI (version 7) if the driver allows it");
  EXPECT_EQ(CudaActivities(none).how(), "events, not CUPTI: FOVEA_CUPTI is off");
}

TEST(CuptiLibrary, SaysWhatIsMissing) {
  EXPECT_EQ(load_cupti("off").missing, "FOVEA_CUPTI is off");
  EXPECT_THAT(load_cupti("/none/libcupti.so").missing, StartsWith("found none of /none/libcupti.so; install"));
  EXPECT_THAT(load_cupti("libm.so.6").missing, StartsWith("CUPTI has no cuptiGetVersion; that of CUDA 12"));
  EXPECT_EQ(load_cupti(FOVEA_FAKE_CUDA).missing, "");
}

TEST(KernelName, IsWithoutWhatTheCompilerAdds) {
  EXPECT_EQ(plain_kernel_name("_Z5scaleIfEvPT_S1_"), "scale");
  EXPECT_EQ(plain_kernel_name("_ZN5fovea3ops12_GLOBAL__N_14flipIhEEvPT_"), "flip");
  EXPECT_EQ(plain_kernel_name("sm90_xmma_fprop_implicit_gemm"), "sm90_xmma_fprop_implicit_gemm");
  EXPECT_EQ(plain_kernel_name("void cutlass::Kernel2<cutlass_80_tensorop(int)>(T::Params)"), "Kernel2");
  EXPECT_EQ(plain_kernel_name("(anonymous namespace)::(odd)"), "(anonymous namespace)::(odd)");
  EXPECT_EQ(plain_kernel_name(nullptr), "kernel");
  EXPECT_EQ(plain_kernel_name(""), "");
}

TEST(KernelName, StandsBehindWhatItRanFor) {
  EXPECT_EQ(profiled_kernel_name("conv2d/cudnn", "sm90_xmma"), "conv2d/cudnn: sm90_xmma");
  EXPECT_EQ(profiled_kernel_name("scale<float>", "_Z5scaleIfEvPT_S1_"), "scale<float>");
  EXPECT_EQ(profiled_kernel_name("evaluate", "evaluate"), "evaluate");
  EXPECT_EQ(profiled_kernel_name("", "evaluate"), "evaluate");
}

}  // namespace
}  // namespace fovea::test
