#include "ops/cuda/conv2d_plan.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"

// cuDNN plans, and compiles its kernels, by a device's properties alone. So what the convolutions ask of it is proved
// where there is no device; nothing here computes.
namespace fovea {
namespace {

using ops::cuda::ConvolutionGraph;
using ops::cuda::ConvolutionPlan;
using ops::cuda::GraphEngine;
using ops::cuda::GraphObject;
using ops::cuda::GraphTarget;

std::string properties(const std::string& special) {
  return R"({"maxGridSize":[2147483647,65535,65535],"maxBlockSize":[1024,1024,64],"regsPerBlock":65536,"warpSize":32,
    "maxSharedMemoryPerBlock":49152,"reservedSharedMemoryPerBlock":1024,"maxRegistersPerSM":65536,"maxCtasPerSM":32,
    "maxThreadsPerBlock":1024,"maxThreadsPerSM":2048,"pciDeviceId":0,"isTccDriver":0,"supportCoopLaunch":1,
    "cudaDeviceId":0,"driverVer":13000,)" +
         special + "}";
}
const std::string a100 = properties(
    R"("deviceName":"NVIDIA A100-SXM4-40GB","deviceVer":800,"multiProcessorCount":108,"totalGlobalMem":42409000960,
       "maxSharedMemoryPerBlockOptin":166912,"smClockRateKHz":1410000,"memClockRateKHz":1215000,"l2CacheSize":41943040)");
const std::string h100 = properties(
    R"("deviceName":"NVIDIA H100 80GB HBM3","deviceVer":900,"multiProcessorCount":132,"totalGlobalMem":85017755648,
       "maxSharedMemoryPerBlockOptin":232448,"smClockRateKHz":1980000,"memClockRateKHz":2619000,"l2CacheSize":52428800)");

struct Convolution {
  std::int64_t c, side, k, window, stride = 1, groups = 1;
  std::string activation = "relu";
  bool residual = false;
};

// The call that a convolution of a network makes.
struct Bound {
  Bound(const Convolution& wanted, DType type, std::int64_t batch) {
    params.stride = wanted.stride;
    params.padding = wanted.window / 2;
    params.groups = wanted.groups;
    params.activation = wanted.activation;
    const std::int64_t side = (wanted.side - 1) / wanted.stride + 1;
    call.output = {type, {batch, wanted.k, side, side}, static_cast<int>(wanted.k)};
    const auto block = static_cast<int>(wanted.c == 3 ? 8 : wanted.c);  // as cast pads pictures
    inputs = {{type, {batch, wanted.c, wanted.side, wanted.side}, block},
              {type, {wanted.k, wanted.c / wanted.groups, wanted.window, wanted.window}},
              {DType::f32, {wanted.k}}};
    if (wanted.residual) inputs.push_back(call.output);
    call.params = &params;
    call.inputs = inputs;
  }
  ops::Conv2d params;
  std::vector<ops::TensorSpec> inputs;
  ops::Call call;
};

class ConvolutionPlans : public testing::Test {
 protected:
  void SetUp() override {
    if (!::dlopen("libcuda.so.1", RTLD_NOW) && !::dlopen(FOVEA_STAND_IN_DRIVER, RTLD_NOW | RTLD_GLOBAL))
      FAIL() << ::dlerror();
    if (!ops::cuda::Cudnn::get().has_graphs) GTEST_SKIP() << ops::cuda::Cudnn::get().description;
  }

  static GraphObject device(const std::string& json) {
    GraphObject made(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    made.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::span<const char>(json));
    EXPECT_TRUE(made.finalize());
    return made;
  }

  // Which of the engines for 16 pictures computes a batch, or -1.
  static int first_engine(const Convolution& wanted, DType type, std::int64_t batch, const GraphObject& on) {
    const GraphTarget target{nullptr, &on};
    const Bound sample(wanted, type, 16), bound(wanted, type, batch);
    const ConvolutionGraph graph(bound.call, batch);
    const std::vector<GraphEngine> found = engines(ConvolutionGraph(sample.call, 16), target);
    for (std::size_t k = 0; k < found.size(); ++k)
      if (const auto plan = ConvolutionPlan::make(graph, found[k], target)) {
        EXPECT_GE(plan->workspace(), 0);
        return static_cast<int>(k);
      }
    return -1;
  }
};

// The first convolution, 3x3 with a residual, 1x1 of stride 2, 1x1 behind a depthwise one; channels of no power of two.
const std::vector<Convolution>& of_networks() {
  static const std::vector<Convolution> all{{3, 224, 64, 7, 2},
                                            {64, 56, 64, 3, 1, 1, "relu", true},
                                            {256, 56, 512, 1, 2, 1, "none"},
                                            {96, 56, 24, 1, 1, 1, "none", true},
                                            {24, 56, 144, 1, 1, 1, "relu6"},
                                            {20, 8, 10, 3, 2}};
  return all;
}

class EveryConvolution : public ConvolutionPlans,
                         public testing::WithParamInterface<std::tuple<bool, DType, std::size_t>> {};

TEST_P(EveryConvolution, HasAnEngine) {
  const auto [hopper, type, which] = GetParam();
  EXPECT_GE(first_engine(of_networks()[which], type, 16, device(hopper ? h100 : a100)), 0);
}

std::string case_name(const testing::TestParamInfo<EveryConvolution::ParamType>& tested) {
  const auto& [hopper, type, which] = tested.param;
  return std::string(hopper ? "h100_" : "a100_") + std::string(name(type)) + "_" + std::to_string(which);
}

INSTANTIATE_TEST_SUITE_P(OfNetworks, EveryConvolution,
                         testing::Combine(testing::Bool(), testing::Values(DType::f16, DType::bf16),
                                          testing::Range(std::size_t{0}, of_networks().size())),
                         case_name);

// Others are for the direct row, which needs no cuDNN.
TEST_F(ConvolutionPlans, AreForOneGroupAndChannelsInPairs) {
  const auto fits = [](const Convolution& wanted) {
    return ops::cuda::fits_engines(Bound(wanted, DType::bf16, 1).call);
  };
  for (const Convolution& wanted : of_networks()) EXPECT_TRUE(fits(wanted)) << wanted.c;
  EXPECT_FALSE(fits({32, 56, 32, 3, 1, 32}));
  EXPECT_FALSE(fits({5, 8, 8, 3}));
  EXPECT_FALSE(fits({8, 8, 5, 3}));
}

// So that a picture's bits do not depend on its batch.
TEST_F(ConvolutionPlans, TheEngineIsTheSameForEveryBatch) {
  const GraphObject on = device(h100);
  for (const std::int64_t batch : {1, 2, 64})
    for (const Convolution& wanted : {of_networks()[1], of_networks()[4]})
      EXPECT_EQ(first_engine(wanted, DType::bf16, batch, on), 0) << batch;
}

TEST_F(ConvolutionPlans, TheSameConvolutionCanBePlannedAgain) {
  const GraphObject on = device(h100);
  for (int round = 0; round < 3; ++round) EXPECT_EQ(first_engine(of_networks()[1], DType::bf16, 16, on), 0);
}

TEST_F(ConvolutionPlans, AGraphThatIsWrongIsRefused) {
  Bound bound(of_networks()[1], DType::bf16, 16);
  bound.call.output.shape[2] = 57;
  test::expect_error(Errc::unsupported, "expected a graph that cuDNN takes", [&] { ConvolutionGraph(bound.call, 16); });
}

}  // namespace
}  // namespace fovea
