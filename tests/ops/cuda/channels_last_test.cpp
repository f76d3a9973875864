#include "ops/cuda/channels_last.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/cuda/cast_padded.h"
#include "ops/cuda/clip.h"
#include "ops/cuda/conv2d_direct.h"
#include "suites/expect_alike.h"
#include "suites/op_cases.h"
#include "suites/stored_arrays.h"

namespace fovea {
namespace {

using ops::Call;
using ops::TensorSpec;
using test::filled;

struct Bound {
  Bound(const test::OpCase& c, std::vector<TensorSpec> of) : specs(std::move(of)) {
    const ops::Op& op = ops::registry().op(c.op);
    params = op.bind(op, c.params);
    call = {params.get(), specs, op.infer(params.get(), specs)};
    call.weights = &weights;
  }
  std::shared_ptr<void> params;
  std::vector<TensorSpec> specs;
  ops::WeightCache weights;
  Call call;
};

TEST(PaddedCast, IsThePortableCastInEightChannels) {
  for (const DType type : {DType::f16, DType::bf16})
    for (const std::int64_t channels : {1, 3, 8}) {
      SCOPED_TRACE(std::string(name(type)) + " " + std::to_string(channels));
      const test::OpCase c{"cast",
                           {{"dtype", std::string(name(type))}, {"scale", 3.7}},
                           {test::random_array({2, channels, 5, 9}, DType::f32, 1)}};
      Bound bound(c, {{DType::f32, c.inputs[0].shape()}});
      EXPECT_TRUE(ops::cpu::casts_padded(bound.call));
      bound.call.output.block = ops::cpu::padded_block();
      const Array got = filled(bound.call.output);
      ops::cpu::cast_padded(bound.call.as<ops::Cast>(), Queue{}, c.inputs, got);
      test::expect_alike(test::plain(got, bound.call.output), ops::apply("cast", c.params, c.inputs), 0, "values");
      const auto all = ops::view<const std::uint16_t, 5>(got);
      for (Index place = 0; place < 2 * 5 * 9; ++place)
        for (Index k = channels; k < 8; ++k) ASSERT_EQ(all.data[place * 8 + k], 0) << "the padding";
    }
}

TEST(PaddedCast, IsForPicturesOfNetworks) {
  const test::OpCase c{"cast", {{"dtype", std::string("bf16")}}, {}};
  const auto takes = [&](const TensorSpec& x, bool network = true) {
    Bound bound(c, {x});
    if (!network) bound.call.weights = nullptr;
    return ops::cpu::casts_padded(bound.call);
  };
  EXPECT_TRUE(takes({DType::f32, {1, 3, 4, 4}}));
  EXPECT_FALSE(takes({DType::f32, {1, 3, 4, 4}}, false));
  EXPECT_FALSE(takes({DType::f32, {1, 9, 4, 4}}));
  EXPECT_FALSE(takes({DType::f32, {1, 3, 4, 4}, 3}));
  EXPECT_FALSE(takes({DType::f32, {3, 4}}));
  EXPECT_FALSE(takes({DType::f16, {1, 3, 4, 4}}));
}

TEST(WeightsChannelsLast, AreTheWeightsAndZeros) {
  const Array weight = test::random_array({4, 3, 2, 5}, DType::bf16, 2), got = filled({DType::bf16, {4, 2, 5, 8}});
  ops::cpu::put_channels_last(Queue{}, weight, got);
  const auto from = ops::view<const std::uint16_t, 4>(weight), to = ops::view<const std::uint16_t, 4>(got);
  for (Index k = 0; k < 4; ++k)
    for (Index r = 0; r < 2; ++r)
      for (Index s = 0; s < 5; ++s)
        for (Index c = 0; c < 8; ++c) ASSERT_EQ(to(k, r, s, c), c < 3 ? from(k, c, r, s) : 0);
}

// The cases of networks on 16 bits, those of one group with channels of zeros behind the input's too.
TEST(DirectConvolution, AgreesWithThePortableBody) {
  int compared = 0, refused = 0;
  for (const test::OpCase& c : test::op_cases()) {
    if (c.op != "conv2d") continue;
    const auto groups = std::get<std::int64_t>(c.params.at("groups"));
    for (const bool padded : {false, true}) {
      if (padded && groups > 1) continue;
      std::vector<TensorSpec> specs;
      for (const Array& input : c.inputs) specs.push_back({input.dtype(), input.shape()});
      const auto block = [&](std::size_t k) { return static_cast<int>(c.inputs[k].shape()[1]); };
      specs[0].block = padded ? (block(0) + 8) / 8 * 8 : block(0);
      if (specs.size() > 3) specs[3].block = block(3);
      Bound bound(c, specs);
      bound.call.output.block = static_cast<int>(bound.call.output.shape[1]);
      if (c.inputs[0].dtype() == DType::f32) {
        refused += !ops::cpu::takes_channels_last(bound.call);
        continue;
      }
      ASSERT_TRUE(ops::cpu::takes_channels_last(bound.call));
      std::vector<Array> inputs = c.inputs;
      for (const std::size_t k : {0, 3})
        if (k < inputs.size()) inputs[k] = test::stored(inputs[k], specs[k].block);
      const Array got = filled(bound.call.output);
      ops::cpu::convolve_directly(bound.call.as<ops::Conv2d>(), Queue{}, inputs, got);
      test::expect_alike(test::plain(got, bound.call.output), ops::apply("conv2d", c.params, c.inputs),
                         test::tolerance(c), to_string(c.inputs[0].shape()) + (padded ? " padded" : ""));
      ++compared;
    }
  }
  EXPECT_GE(compared, 30);
  EXPECT_GT(refused, 0) << "f32 is for other rows";
}

TEST(DirectConvolution, TakesNoPlanesAndNoMixedLayouts) {
  const test::OpCase c{"conv2d", {}, {}};
  const TensorSpec weight{DType::f16, {4, 2, 1, 1}}, bias{DType::f32, {4}};
  const auto takes = [&](int x, int residual) {
    const Bound bound(c, {{DType::f16, {1, 2, 3, 3}, x}, weight, bias, {DType::f16, {1, 4, 3, 3}, residual}});
    return ops::cpu::takes_channels_last(bound.call);
  };
  EXPECT_TRUE(takes(2, 4));
  EXPECT_TRUE(takes(8, 4));
  EXPECT_FALSE(takes(1, 4));
  EXPECT_FALSE(takes(2, 1));
  EXPECT_FALSE(takes(2, 8));
}

TEST(ClipAt6, LeavesNanAndWhatIsBelow) {
  const Array y = Array::empty({5}, DType::f32);
  const float values[] = {0, 5.5f, 6.5f, HUGE_VALF, std::numeric_limits<float>::quiet_NaN()};
  std::copy_n(values, 5, y.span<float>().begin());
  ops::cpu::clip_at_6(Queue{}, y);
  const auto got = y.span<float>();
  EXPECT_EQ(got[0], 0);
  EXPECT_EQ(got[1], 5.5f);
  EXPECT_EQ(got[2], 6);
  EXPECT_EQ(got[3], 6);
  EXPECT_TRUE(std::isnan(got[4]));
}

}  // namespace
}  // namespace fovea
