#include "fovea/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fovea/filters.h"
#include "fovea/graph.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::equal;
using test::expect_error;
using testing::HasSubstr;

// The rows of this program: the portable bodies of the CPU as kernels of the fake driver.
[[maybe_unused]] const int chosen = ::setenv("FOVEA_CUDA_PLUGIN", FOVEA_HOST_ROWS, 0);

Array image() {
  return test::counting({20, 30, 3}, DType::u8);
}

TEST(CudaOps, ComeFromThePlugin) {
  EXPECT_EQ(ops::unusable_reason(Device::cuda()), "");
  EXPECT_EQ(ops::cuda_libraries(), std::string(FOVEA_HOST_ROWS) + ": the host");
  bool found = false;
  for (const ops::OpInfo& op : ops::list())
    if (op.name == "flip") found = std::ranges::find(op.variants, "cuda/portable") != op.variants.end();
  EXPECT_TRUE(found);
}

TEST(CudaOps, RunWhereTheirInputsAre) {
  for (const Device device : {Device::cuda(0), Device::cuda(1)}) {
    const Array there = image().to(device);
    const Array result = ops::apply("flip", {}, {&there, 1});
    EXPECT_EQ(result.device(), device);
    EXPECT_TRUE(equal(result.to(Device::cpu()), image().slice(1, {Slice::none, Slice::none, -1})));
  }
}

TEST(CudaOps, ByTheFunctionsToo) {
  ::setenv("FOVEA_VARIANT", "portable", 1);
  const Array there = image().to(Device::cuda());
  const Array small = resize(there, 7, 9);
  EXPECT_EQ(small.device(), Device::cuda());
  EXPECT_TRUE(equal(small.to(Device::cpu()), resize(image(), 7, 9)));
  EXPECT_TRUE(equal(box_filter(there, {3, 3}).to(Device::cpu()), box_filter(image(), {3, 3})));
  ::unsetenv("FOVEA_VARIANT");
}

TEST(CudaOps, StridedInputsAndResultsOnTheHost) {
  const Array there = image().to(Device::cuda()).slice(0, {2, 18, 3});
  Array mine;
  const Array result = ops::apply("flip", {}, {&there, 1},
                                  [&](DType dtype, const Shape& shape) { return mine = Array::empty(shape, dtype); });
  EXPECT_EQ(result.data(), mine.data());
  EXPECT_TRUE(equal(result, image().slice(0, {2, 18, 3}).slice(1, {Slice::none, Slice::none, -1})));
}

TEST(CudaOps, AreEnqueuedAndRecorded) {
  Stream stream(Device::cuda());
  const Array there = image().to(Device::cuda(), stream);
  const Array twice = ops::enqueue("flip", {}, std::array{ops::enqueue("flip", {}, {&there, 1}, stream)}, stream);
  stream.synchronize();
  EXPECT_TRUE(equal(twice.to(Device::cpu()), image()));
  Array result;
  const Graph graph = Graph::record(stream, [&] { result = ops::enqueue("flip", {}, {&there, 1}, stream); });
  ASSERT_EQ(graph.nodes().size(), 1u);
  EXPECT_EQ(graph.nodes()[0].kind, GraphNode::Kind::kernel);
  graph.instantiate().launch(stream);
  stream.synchronize();
  EXPECT_TRUE(equal(result.to(Device::cpu()), image().slice(1, {Slice::none, Slice::none, -1})));
}

TEST(CudaOps, AreNotMixedWithTheHosts) {
  const Array mixed[] = {Array::zeros({2}, DType::f32), Array::zeros({2}, DType::f32).to(Device::cuda())};
  expect_error(Errc::invalid_argument, "add: expected inputs of one device, got some of cpu and cuda:0; use to()",
               [&] { (void)ops::apply("add", {}, mixed); });
  Stream stream(Device::cuda(1));
  expect_error(Errc::invalid_argument, "add: expected inputs of the stream's device, cuda:1, got some of cuda:0", [&] {
    (void)ops::enqueue("add", {}, std::array{mixed[1], mixed[1]}, stream);
  });
}

TEST(CudaOps, TheMissingOnesNameWhatThereIs) {
  const Array there = Array::zeros({2, 2, 1}, DType::i32).to(Device::cuda());
  expect_error(Errc::unsupported, "resize: no cuda kernel for i32[2, 2, 1] (available: u8, ",
               [&] { (void)resize(there, 1, 1); });
}

}  // namespace
}  // namespace fovea
