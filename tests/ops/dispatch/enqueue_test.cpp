#include "ops/dispatch/enqueue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "fovea/graph.h"
#include "fovea/memory_adaptors.h"
#include "ops/dispatch/no_kernel.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;
using testing::ElementsAre;

std::vector<float> values(const Array& array) {
  const auto span = array.span<float>();
  return {span.begin(), span.end()};
}

Array flip_on(const Array& input, const Stream& stream) {
  return ops::enqueue("flip", {}, {&input, 1}, stream);
}

TEST(Enqueue, ReadsItsInputWhenTheStreamGetsThere) {
  Stream stream;
  std::promise<void> gate;
  const Array input = Array::zeros({1, 3, 1}, DType::f32);
  stream.call("gate", [&] { gate.get_future().wait(); });
  stream.call("fill", [&] { std::ranges::copy(std::vector<float>{1, 2, 3}, input.span<float>().begin()); });
  const Array once = flip_on(input, stream), twice = flip_on(once, stream);
  EXPECT_EQ(once.shape(), (Shape{1, 3, 1}));
  EXPECT_FALSE(stream.idle());
  gate.set_value();
  stream.synchronize();
  EXPECT_THAT(values(once), ElementsAre(3, 2, 1));
  EXPECT_THAT(values(twice), ElementsAre(1, 2, 3));
}

TEST(Enqueue, StridedInputsAreCopiedInOrder) {
  Stream stream;
  std::promise<void> gate;
  const Array wide = Array::zeros({1, 6, 1}, DType::f32);
  stream.call("gate", [&] { gate.get_future().wait(); });
  const Array result = flip_on(wide.slice(1, {0, 6, 2}), stream);
  std::ranges::copy(std::vector<float>{1, 2, 3, 4, 5, 6}, wide.span<float>().begin());
  gate.set_value();
  stream.synchronize();
  EXPECT_THAT(values(result), ElementsAre(5, 3, 1));
}

TEST(Enqueue, KeepsItsInputs) {
  auto counted = std::make_shared<StatisticsMemory>(host_memory());
  Stream stream;
  std::promise<void> gate;
  stream.call("gate", [&] { gate.get_future().wait(); });
  Array result;
  {
    const Array input = Array::empty({1, 2, 1}, DType::f32, counted);
    input.span<float>()[0] = 1;
    input.span<float>()[1] = 2;
    result = flip_on(input, stream);
  }
  EXPECT_EQ(counted->statistics().in_use, 8u);
  gate.set_value();
  stream.synchronize();
  EXPECT_EQ(counted->statistics().in_use, 0u);
  EXPECT_THAT(values(result), ElementsAre(2, 1));
}

TEST(Enqueue, IsRecordedUnderItsName) {
  Stream stream;
  const Array input = Array::zeros({1, 2, 1}, DType::f32);
  Array result;
  const Graph graph = Graph::record(stream, [&] { result = flip_on(flip_on(flip_on(input, stream), stream), stream); });
  ASSERT_EQ(graph.nodes().size(), 3u);
  EXPECT_EQ(graph.nodes()[1].name, "flip");
  const GraphExec exec = graph.instantiate();
  for (const float first : {1.f, 5.f}) {
    input.span<float>()[0] = first;
    exec.launch(stream);
    stream.synchronize();
    EXPECT_THAT(values(result), ElementsAre(0, first));
  }
}

TEST(Enqueue, WhatIsAskedForIsCheckedAtOnce) {
  Stream stream;
  const Array square = Array::zeros({2, 2}, DType::f32);
  expect_error(Errc::invalid_argument, "op flop", [&] { (void)ops::enqueue("flop", {}, {&square, 1}, stream); });
  expect_error(Errc::invalid_argument, "expected an image", [&] { (void)flip_on(square, stream); });
  expect_error(Errc::invalid_argument, "expected 1 to 1 inputs", [&] { (void)ops::enqueue("flip", {}, {}, stream); });
  stream.synchronize();
}

struct Failing final : ops::Kernel {
  void run(Queue, std::span<const Array>, const Array&) override { throw Error(Errc::corrupt, "broken on purpose"); }
};

TEST(Enqueue, WhatFailsComesOutUnderItsName) {
  Stream stream;
  const ops::Row row{"breaker", Device::Kind::cpu, "portable", nullptr, nullptr};
  ops::enqueue(std::make_shared<Failing>(), row, {}, Array(), stream);
  const Array after = flip_on(Array::zeros({1, 1, 1}, DType::f32), stream);
  expect_error(Errc::corrupt, "breaker: broken on purpose", [&] { stream.synchronize(); });
  stream.synchronize();
}

Array elsewhere(int device) {
  static float there[1];
  return Array::borrow(there, {1, 1, 1}, DType::f32, nullptr, Device::cuda(device));
}

TEST(Enqueue, InputsAreOfTheStreamsDevice) {
  Stream stream;
  expect_error(Errc::invalid_argument,
               "flip: expected inputs of the stream's device, cpu, got some of cuda:1; use to()",
               [&] { (void)flip_on(elsewhere(1), stream); });
}

TEST(Apply, InputsAreOfOneDevice) {
  const Array mixed[] = {Array::zeros({1, 1, 1}, DType::f32), elsewhere(0)};
  expect_error(Errc::invalid_argument, "add: expected inputs of one device, got some of cpu and cuda:0; use to()",
               [&] { (void)ops::apply("add", {}, mixed); });
}

TEST(Apply, ADeviceThatCannotBeUsed) {
  const Array input = elsewhere(999);
  expect_error(Errc::device, "cuda:999", [&] { (void)ops::apply("flip", {}, {&input, 1}); });
}

bool small_floats(const ops::Call& call) {
  return call.inputs[0].dtype == DType::f16 || call.inputs[0].dtype == DType::f32;
}

TEST(NoKernel, SaysWhatThereIs) {
  const ops::Op& op = ops::registry().op("flip");
  const auto params = op.bind(op, {});
  const ops::TensorSpec spec[] = {{DType::f64, {2, 3, 1}}};
  const ops::Call call{params.get(), spec, spec[0]};
  const ops::Row rows[] = {{"flip", Device::Kind::cuda, "tuned", small_floats, nullptr},
                           {"flip", Device::Kind::cpu, "portable", ops::any_call, nullptr},
                           {"add", Device::Kind::cuda, "other", ops::any_call, nullptr}};
  const Error error = ops::no_kernel(op, call, Device::Kind::cuda, rows);
  EXPECT_EQ(error.code(), Errc::unsupported);
  EXPECT_STREQ(error.what(), "flip: no cuda kernel for f64[2, 3, 1] (available: f16, f32; variants: tuned)");
}

TEST(NoKernel, SaysWhyThereAreNone) {
  if (unavailable_reason(Device::cuda()).empty()) GTEST_SKIP() << "there is a CUDA device";
  const ops::Op& op = ops::registry().op("flip");
  const auto params = op.bind(op, {});
  const ops::TensorSpec spec[] = {{DType::u8, {2, 3, 1}}};
  const ops::Call call{params.get(), spec, spec[0]};
  const Error error = ops::no_kernel(op, call, Device::Kind::cuda, ops::registry().rows());
  EXPECT_EQ(error.what(),
            "flip: no cuda kernel for u8[2, 3, 1]: cuda ops cannot be used: " + unavailable_reason(Device::cuda()));
}

TEST(NoKernel, ComesOutOfApply) {
  const Array input = Array::zeros({2, 2, 1}, DType::i32);
  expect_error(Errc::unsupported, "resize: no cpu kernel for i32[2, 2, 1] (available: u8, ", [&] {
    (void)ops::apply("resize", {{"height", std::int64_t{1}}, {"width", std::int64_t{1}}}, {&input, 1});
  });
}

}  // namespace
}  // namespace fovea
