#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>

#include "cuda/full_pool.h"
#include "fovea/calibration.h"
#include "fovea/model.h"
#include "fovea/processor.h"
#include "fovea/profile.h"
#include "model/on_device.h"
#include "model/stream_session.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"
#include "support/fake_cuda/fake_cuda.h"
#include "support/formula_weights.h"

namespace fovea {
namespace {

using test::equal;
using test::expect_error;
using testing::HasSubstr;

Model small_model() {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = 12;
  return Model::from_state_dict(test::FormulaWeights::cifar(1, {4, 8, 8}, 5), "small").with_preprocess(preprocess);
}

// One kernel, so that all devices give the same bits.
class CudaNetworks : public testing::Test {
 protected:
  void SetUp() override { ::setenv("FOVEA_VARIANT", "portable", 1); }
  void TearDown() override {
    fake_cuda_reset();
    ::unsetenv("FOVEA_VARIANT");
  }

  const Model model = small_model();

  Array pictures(std::int64_t count) const { return pictures(count, model.preprocess()); }
  static Array pictures(std::int64_t count, const Preprocess& p) {
    const Array all = Array::empty({count, p.channels, p.crop, p.crop}, DType::f32);
    float value = 0;
    for (float& v : all.span<float>()) v = (value = value > 1 ? value - 1.9f : value + 0.37f);
    return all;
  }
};

TEST_F(CudaNetworks, GiveTheBitsOfTheProcessor) {
  const Model there = model.to(Device::cuda(1));
  EXPECT_EQ(there.device(), Device::cuda(1));
  const Array all = pictures(11), wanted = model.run(all);
  const long launched = fake_cuda_calls("cuGraphLaunch");
  for (const std::int64_t count : {11, 3, 11, 1, 8}) {
    const Array part = all.slice(0, {0, count});
    EXPECT_TRUE(equal(there.run(part), wanted.slice(0, {0, count}))) << count;
  }
  const DeviceRuns runs = there.device_runs();
  EXPECT_EQ(runs.batches, 5);
  EXPECT_EQ(runs.pictures, 34);
  EXPECT_EQ(runs.graph_launches + runs.first_of_size, runs.runs);
  EXPECT_GT(runs.graph_launches, 0);
  EXPECT_EQ(runs.graph_launches, fake_cuda_calls("cuGraphLaunch") - launched);
  EXPECT_EQ(runs.not_recordable, 0) << runs.not_recordable_because;
  EXPECT_TRUE(equal(there.run(all.to(Device::cuda(1))), wanted)) << "of pictures on the device";
  EXPECT_TRUE(equal(
      there.with_labels(std::vector<std::string>(static_cast<std::size_t>(model.classes()), "x")).run(all), wanted));
  EXPECT_TRUE(equal(there.to(Device::cpu()).run(all), wanted));
  expect_error(Errc::invalid_argument, "the host or the model's device, cuda:1, got some on cuda:0",
               [&] { (void)there.run(all.to(Device::cuda(0))); });
}

// Of f16 the processor's answers come from its portable bodies alone.
TEST_F(CudaNetworks, InLowPrecisionGiveTheBitsOfTheProcessor) {
  const Array all = pictures(5), single = model.run(all);
  Calibrator calibrator(model);
  calibrator.add(all);
  const Calibration calibration = calibrator.result();
  const auto lower = [&](const Model& from, Precision precision) {
    return precision == Precision::int8 ? from.with_int8(calibration) : from.with_precision(precision);
  };
  for (const Precision precision : {Precision::bf16, Precision::f16, Precision::int8}) {
    SCOPED_TRACE(name(precision));
    const Model here = lower(model, precision), there = here.to(Device::cuda()),
                after = lower(model.to(Device::cuda()), precision);
    const Array wanted = here.run(all);
    EXPECT_FALSE(equal(wanted, single)) << "it runs in f32";
    for (const Model& device : {there, after}) {
      EXPECT_EQ(device.precision(), precision);
      EXPECT_EQ(device.device(), Device::cuda());
      for (int round = 0; round < 3; ++round) EXPECT_TRUE(equal(device.run(all), wanted));
      EXPECT_GT(device.device_runs().graph_launches, 0);
      EXPECT_EQ(device.device_runs().not_recordable, 0) << device.device_runs().not_recordable_because;
    }
    EXPECT_TRUE(equal(there.to(Device::cpu()).run(all), wanted));
    const Model layer = here.with_output("layer2.0.conv1", Pooling::none);
    EXPECT_TRUE(equal(there.with_output("layer2.0.conv1", Pooling::none).run(all), layer.run(all)));
    EXPECT_TRUE(equal(after.with_precision(Precision::f32).run(all), single));
  }
}

// By the rows that a profile names, in the layouts that they hand on to each other.
TEST_F(CudaNetworks, InInt8OnTensorCoresGiveThePortableBits) {
  using test::FormulaWeights;
  struct Case {
    StateDict weights;
    std::string layer;  // behind which nothing new comes
    std::set<std::string> besides;
  };
  const std::string direct = "conv2d_int8/direct", shortcut = "subsample_pad/channels_last";
  for (const Case& c :
       {Case{FormulaWeights::cifar(1, {4, 8, 24}, 5), "layer3.0.conv2", {shortcut}},
        Case{FormulaWeights::cifar(1, {5, 6, 12}, 5), "layer3.0.conv2", {shortcut, direct}},
        Case{FormulaWeights::mobilenet_v2(7), "features.6.conv.2", {direct}},
        Case{FormulaWeights::resnet({2, 2, 2, 2}, false, 3, 10), "layer2.1.conv2", {"max_pool2d/portable"}}}) {
    SCOPED_TRACE(c.weights.tensors.size());
    Preprocess preprocess;
    preprocess.resize = preprocess.crop = 16;
    const Model whole = Model::from_state_dict(c.weights, "int8").with_preprocess(preprocess);
    const Array all = pictures(2, preprocess);
    Calibrator calibrator(whole);
    calibrator.add(all);
    const Model here = whole.with_int8(calibrator.result()).with_output(c.layer, Pooling::average),
                there = here.to(Device::cuda());
    const Array wanted = here.run(all);
    ::unsetenv("FOVEA_VARIANT");
    start_profile();
    for (int round = 0; round < 2; ++round) EXPECT_TRUE(equal(there.run(all), wanted));
    const Profile profile = stop_profile();
    ::setenv("FOVEA_VARIANT", "portable", 1);
    EXPECT_EQ(there.device_runs().not_recordable, 0) << there.device_runs().not_recordable_because;
    std::set<std::string> expected{"quantize/padded", "conv2d_int8/tensor_cores", "global_avg_pool/portable",
                                   "cast/portable"},
        seen;
    expected.insert(c.besides.begin(), c.besides.end());
    for (const ProfileGroup& group : profile.groups)
      if (group.device == Device::cuda() && group.name.find('/') != std::string::npos) seen.insert(group.name);
    EXPECT_EQ(seen, expected);
  }
}

// What the processor has no instructions for can still be had on a device, but not be brought back.
TEST_F(CudaNetworks, InF16CannotGoToTheProcessor) {
  const Model there = model.to(Device::cuda()).with_precision(Precision::f16);
  ::unsetenv("FOVEA_VARIANT");
  const std::string wanted = "f16: expected a CUDA device, on the CPU there is bf16; use f32";
  expect_error(Errc::unsupported, wanted, [&] { (void)there.to(Device::cpu()); });
  expect_error(Errc::unsupported, wanted, [&] { (void)model.with_precision(Precision::f16); });
  EXPECT_EQ(there.to(Device::cuda(1)).precision(), Precision::f16);
  expect_error(Errc::unsupported, "expected a calibration", [&] { (void)there.with_precision(Precision::int8); });
}

TEST_F(CudaNetworks, OutputsOfLayersAreTheProcessors) {
  const Array all = pictures(7);
  for (const char* layer : {"", "layer2.0.conv1", "layer3.0.conv2"})
    for (const Pooling pooling : {Pooling::none, Pooling::average}) {
      const Model here = model.with_output(layer, pooling);
      const Array wanted = here.run(all);
      EXPECT_TRUE(equal(here.to(Device::cuda()).run(all), wanted)) << layer;
      const Model there = model.to(Device::cuda()).with_output(layer, pooling);
      EXPECT_EQ(there.output(), here.output()) << layer;
      for (int round = 0; round < 3; ++round) EXPECT_TRUE(equal(there.run(all), wanted)) << layer;
      EXPECT_EQ(there.device_runs().not_recordable, 0) << there.device_runs().not_recordable_because;
    }
}

TEST_F(CudaNetworks, ConstantsOfTheSameBytesKeepTheirShapes) {
  const Array whole = Array::arange(Scalar(0), Scalar(12), Scalar(1), DType::f32).reshape({3, 4});
  model::Graph graph;
  graph.add({"x", "linear", {}, {model::Graph::input, whole, whole.slice(0, {0, 2}), whole.reshape({12}), whole}});
  const model::Graph moved = model::on_device(graph, Device::cuda());
  const std::vector<model::Operand>& there = moved.nodes[0].inputs;
  EXPECT_TRUE(equal(there[2].constant.to(Device::cpu()), whole.slice(0, {0, 2})));
  EXPECT_TRUE(equal(there[3].constant.to(Device::cpu()), whole.reshape({12})));
  EXPECT_EQ(there[4].constant.data(), there[1].constant.data()) << "copied twice";
}

TEST_F(CudaNetworks, CallsOfManyThreadsShareThem) {
  const Model there = model.to(Device::cuda());
  const Array all = pictures(6), wanted = model.run(all);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::int64_t count = 1; count <= 6; ++count) {
        const std::int64_t begin = (count + t) % (7 - count);
        EXPECT_TRUE(equal(there.run(all.slice(0, {begin, begin + count})), wanted.slice(0, {begin, begin + count})));
      }
    });
}

TEST_F(CudaNetworks, TakeLessAtOnceWhenMemoryRunsOut) {
  const Model there = model.to(Device::cuda());
  const Array all = pictures(16), wanted = model.run(all);
  const test::FullPool full(Device::cuda(), std::size_t{128} << 10);
  EXPECT_TRUE(equal(there.run(all), wanted));
  EXPECT_GE(there.device_runs().out_of_memory, 1);
  EXPECT_EQ(there.device_runs().largest, 64 >> there.device_runs().out_of_memory);
}

TEST_F(CudaNetworks, WithoutAnyMemoryAreAnError) {
  const Model there = model.to(Device::cuda());
  const test::FullPool full(Device::cuda(), 0);
  expect_error(Errc::device_memory, "model: expected memory for one picture at a time on cuda:0",
               [&] { (void)there.run(pictures(2)); });
}

TEST_F(CudaNetworks, RunInTheProcessor) {
  ImageProcessor::Options options;
  options.device = "cuda";
  options.logits = true;
  ImageProcessor there(options);
  there.load_model(model);
  EXPECT_EQ(there.device().device, Device::cuda());
  EXPECT_EQ(there.device().reason, "asked for");
  EXPECT_EQ(there.model().device(), Device::cuda());
  options.device = "cpu";
  ImageProcessor here(options);
  here.load_model(model);
  std::vector<ImageProcessor::Image> images;
  for (std::int64_t k = 0; k < 9; ++k) images.push_back(test::counting({40 + k, 50, 3}, DType::u8));
  const std::vector<Row> got = there.process_batch(images), wanted = here.process_batch(images);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    ASSERT_FALSE(got[k].error) << got[k].error->what();
    EXPECT_EQ(got[k].values, wanted[k].values);
  }
  options.device = "auto";
  const ImageProcessor chosen(options);
  EXPECT_EQ(chosen.device().device, Device::cuda());
  EXPECT_EQ(chosen.device().reason, "cuda can be used");
}

// In a process of its own: a lost device stays lost.
TEST_F(CudaNetworks, LostDevicesEndTheRun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto lose = [this] {
    ImageProcessor::Options options;
    options.device = "cuda:1";
    options.batch_size = 4;  // the fault is met in the middle
    ImageProcessor there(options);
    there.load_model(model);
    const std::vector<ImageProcessor::Image> images(30, test::counting({40, 50, 3}, DType::u8));
    EXPECT_EQ(there.process_batch(images).size(), 30u);
    fake_cuda_fault_work(10, 700);  // CUDA_ERROR_ILLEGAL_ADDRESS
    expect_error(Errc::device_lost, "cuda:1", [&] { (void)there.process_batch(images); });
    expect_error(Errc::device_lost, "cuda:1", [&] { (void)there.infer(pictures(1)); });
    std::exit(HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(lose(), testing::ExitedWithCode(0), "");
}

// The only run meets the fault by itself, at whichever of its steps: the copy in, the network, the copy out.
TEST_F(CudaNetworks, AFaultOfTheLastRunIsItsError) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (int step = 1; step <= 4; ++step) {
    const auto lose = [&] {
      const Model there = model.to(Device::cuda());
      const Array input = pictures(1);
      for (int round = 0; round < 2; ++round) (void)there.run(input);
      fake_cuda_fault_work(step, 700);
      expect_error(Errc::device_lost, "cuda:0", [&] { (void)there.run(input); });
      std::exit(HasFailure() ? 1 : 0);
    };
    EXPECT_EXIT(lose(), testing::ExitedWithCode(0), "") << step;
  }
}

}  // namespace
}  // namespace fovea
