#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/threads.h"
#include "fovea/ops.h"
#include "ops/op.h"
#include "suites/op_cases.h"

namespace fovea {
namespace {

using ops::Call;
using ops::Row;
using ops::TensorSpec;

constexpr const char* pool_name = "max_pool2d";

struct Stem {
  std::int64_t n, c, k, h, w;
  bool relu = true;
};

ops::Params conv_params(const Stem& s) {
  return {
      {"stride", std::int64_t{2}}, {"padding", std::int64_t{3}}, {"activation", std::string(s.relu ? "relu" : "none")}};
}

ops::Params pool_params(std::int64_t size = 3, std::int64_t stride = 2, std::int64_t padding = 1) {
  return {{"size", size}, {"stride", stride}, {"padding", padding}};
}

std::vector<Array> operands(const Stem& s) {
  return {test::random_array({s.n, s.c, s.h, s.w}, DType::f32, 1), test::random_array({s.k, s.c, 7, 7}, DType::f32, 2),
          test::random_array({s.k}, DType::f32, 3)};
}

const Row& polyphase() {
  for (const Row& row : ops::registry().rows())
    if (row.op == "conv2d" && row.variant == "polyphase") return row;
  throw std::logic_error("no polyphase row");
}

struct Pooled {
  std::unique_ptr<ops::Kernel> kernel;
  TensorSpec output;
};

Pooled prepare(const Stem& s, const std::vector<Array>& inputs, const ops::Params& pooling, ops::WeightCache& weights) {
  const ops::Op &conv = ops::registry().op("conv2d"), &pool = ops::registry().op(pool_name);
  const auto conv_bound = conv.bind(conv, conv_params(s)), pool_bound = pool.bind(pool, pooling);
  std::vector<TensorSpec> specs;
  for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
  std::vector<Array> constants = inputs;
  constants[0] = Array();
  Call call{conv_bound.get(), specs, conv.infer(conv_bound.get(), specs), constants, &weights};
  call.output.block = polyphase().block();
  TensorSpec maxima = pool.infer(pool_bound.get(), std::span(&call.output, 1));
  maxima.block = call.output.block;
  if (!polyphase().supports(call)) return {nullptr, maxima};
  return {polyphase().prepare_pooled(call, {pool_bound.get(), std::span(&call.output, 1), maxima}), maxima};
}

// Of channel blocks, as [n, c, h, w].
Array plain(const Array& blocked, const TensorSpec& spec) {
  Array out = Array::empty(spec.shape, DType::f32);
  const auto from = ops::view<const float, 5>(blocked);
  const auto to = ops::view<float, 4>(out);
  for (Index n = 0; n < spec.shape[0]; ++n)
    for (Index c = 0; c < spec.shape[1]; ++c)
      for (Index y = 0; y < spec.shape[2]; ++y)
        for (Index x = 0; x < spec.shape[3]; ++x) to(n, c, y, x) = from(n, c / spec.block, y, x, c % spec.block);
  return out;
}

Array run(const Stem& s, const std::vector<Array>& inputs) {
  ops::WeightCache weights;
  const Pooled ready = prepare(s, inputs, pool_params(), weights);
  const Array output = Array::empty(ops::stored_shape(ready.output), DType::f32);
  ready.kernel->run(Queue{}, inputs, output);
  return plain(output, ready.output);
}

bool usable() {
  const Stem s{1, 3, 32, 8, 8};
  ops::WeightCache weights;
  return prepare(s, operands(s), pool_params(), weights).kernel != nullptr;
}

TEST(Polyphase, PooledStripsAgreeWithPortableConvolutionAndMaxima) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  for (const Stem& s :
       {Stem{1, 3, 64, 64, 64}, Stem{2, 3, 33, 37, 50, false}, Stem{1, 1, 32, 1, 1}, Stem{1, 4, 48, 29, 7},
        Stem{3, 2, 64, 113, 21, false}, Stem{1, 3, 32, 56, 57}, Stem{1, 3, 32, 59, 3}}) {
    const std::vector<Array> inputs = operands(s);
    setenv("FOVEA_VARIANT", "portable", 1);
    const std::vector<Array> sums{ops::apply("conv2d", conv_params(s), inputs)};
    const Array wanted = ops::apply(pool_name, pool_params(), sums);
    unsetenv("FOVEA_VARIANT");
    const Array got = run(s, inputs);
    ASSERT_EQ(got.shape(), wanted.shape());
    double error = 0, size = 0;
    for (std::size_t i = 0; i < wanted.span<float>().size(); ++i) {
      const double a = got.span<float>()[i], b = wanted.span<float>()[i];
      error += (a - b) * (a - b);
      size += b * b;
    }
    EXPECT_LT(std::sqrt(error / size), 2e-6) << s.h << " x " << s.w;
  }
}

TEST(Polyphase, ARowsBitsDependNeitherOnTheBatchNorOnThreads) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  const Stem one{1, 3, 64, 61, 47};
  const std::vector<Array> inputs = operands(one);
  const Array wanted = run(one, inputs);
  for (const std::int64_t n : {1, 3, 8})
    for (const int threads : {1, 2, 3}) {
      const ThreadLimit limit(threads);
      Stem many = one;
      many.n = n;
      std::vector<Array> all = operands(many);
      all[1] = inputs[1], all[2] = inputs[2];
      const auto in = static_cast<std::size_t>(inputs[0].size()) * 4, out = static_cast<std::size_t>(wanted.size()) * 4;
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
        std::memcpy(all[0].data() + i * in, inputs[0].data(), in);
      const Array got = run(many, all);
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
        EXPECT_EQ(std::memcmp(got.data() + i * out, wanted.data(), out), 0) << i << " of " << n << ", " << threads;
    }
}

TEST(Polyphase, MaximaAtTheUpperSideIgnoreThePadding) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  const Stem s{1, 3, 32, 40, 40, false};
  std::vector<Array> inputs = operands(s);
  for (float& w : inputs[1].span<float>()) w = 0;
  for (float& b : inputs[2].span<float>()) b = -5;
  const Array maxima = run(s, inputs);
  for (const float y : maxima.span<float>()) EXPECT_EQ(y, -5.0f);
}

TEST(Polyphase, ANaNIsTheLargestOfItsWindows) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  const Stem s{1, 3, 32, 40, 40};
  std::vector<Array> inputs = operands(s);
  inputs[0].span<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  const Array y = run(s, inputs);
  EXPECT_TRUE(std::isnan(y.span<float>()[0]));
  EXPECT_FALSE(std::isnan(y.span<float>()[9 * 10 + 9]));
}

TEST(Polyphase, OtherMaximaAreLeftToTheirOp) {
  const Stem s{1, 3, 32, 40, 40};
  const std::vector<Array> inputs = operands(s);
  ops::WeightCache weights;
  EXPECT_EQ(prepare(s, inputs, pool_params(2, 2, 0), weights).kernel, nullptr);
  EXPECT_EQ(prepare(s, inputs, pool_params(3, 1, 1), weights).kernel, nullptr);
  EXPECT_EQ(prepare(s, inputs, pool_params(3, 2, 0), weights).kernel, nullptr);
}

TEST(Polyphase, RefusesManyChannelsAndFewOutputs) {
  ops::WeightCache weights;
  EXPECT_EQ(prepare({1, 5, 32, 16, 16}, operands({1, 5, 32, 16, 16}), pool_params(), weights).kernel, nullptr);
  EXPECT_EQ(prepare({1, 3, 31, 16, 16}, operands({1, 3, 31, 16, 16}), pool_params(), weights).kernel, nullptr);
}

}  // namespace
}  // namespace fovea
