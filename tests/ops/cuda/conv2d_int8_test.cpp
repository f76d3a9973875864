#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "base/threads.h"
#include "ops/cuda/conv2d_int8_direct.h"
#include "ops/cuda/conv2d_int8_tensor_cores.h"
#include "ops/cuda/quantize_padded.h"
#include "suites/expect_alike.h"
#include "suites/op_cases.h"
#include "suites/stored_arrays.h"

// The bodies of the CUDA rows for bytes, run by the host's launchers, against the portable bodies: all bits.
namespace fovea {
namespace {

using ops::Call;
using ops::Params;
using ops::TensorSpec;
using test::filled;

// A call of a network: activations with their channels last, those of x in `block`.
struct Bound {
  Bound(const test::OpCase& c, int block) {
    const ops::Op& op = ops::registry().op(c.op);
    params = op.bind(op, c.params);
    for (const Array& input : c.inputs) specs.push_back({input.dtype(), input.shape()});
    specs[0].block = block;
    if (specs.size() > 4) specs[4].block = static_cast<int>(specs[4].shape[1]);
    constants = c.inputs;
    constants[0] = Array();
    call = {params.get(), specs, op.infer(params.get(), specs), constants, &weights};
    call.output.block = static_cast<int>(call.output.shape[1]);
  }
  std::shared_ptr<void> params;
  std::vector<TensorSpec> specs;
  std::vector<Array> constants;
  ops::WeightCache weights;
  Call call;
};

Array weight_rows(const Array& weight, Index channels) {
  const Array rows = filled({DType::i8, ops::cpu::weight_rows_shape(weight.shape(), channels)});
  ops::cpu::put_weight_rows(Queue{}, weight, channels, rows);
  return rows;
}

std::vector<Array> stored(const test::OpCase& c, const Bound& bound) {
  std::vector<Array> inputs = c.inputs;
  for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = test::stored(inputs[k], bound.specs[k].block);
  return inputs;
}

Array by_tensor_cores(const test::OpCase& c, int block) {
  Bound bound(c, block);
  EXPECT_TRUE(ops::cpu::fits_tensor_cores(bound.call));
  const Array got = filled(bound.call.output);
  ops::cpu::TensorCoreConvolution(bound.call, weight_rows(c.inputs[1], block)).run(Queue{}, stored(c, bound), got);
  return test::plain(got, bound.call.output);
}

Array directly(const test::OpCase& c, int block) {
  const Bound bound(c, block);
  EXPECT_TRUE(ops::cpu::bytes_channels_last(bound.call));
  const Array got = filled(bound.call.output);
  ops::cpu::convolve_bytes_directly(bound.call.as<ops::Conv2dInt8>(), Queue{}, stored(c, bound), got);
  return test::plain(got, bound.call.output);
}

struct Layer {
  std::int64_t n, c, h, w, k, window, stride = 1, padding = 0, dilation = 1;
  DType x = DType::u8, residual = DType::u8;
  const char* y = "u8";
  bool adds = false;
};

// Scaled so that results are spread over their type and some are clipped.
test::OpCase convolution(const Layer& l, unsigned seed) {
  const Array scale = Array::empty({l.k}, DType::f32), bias = test::random_array({l.k}, DType::f32, seed + 1);
  const auto terms = static_cast<float>(l.c * l.window * l.window);
  for (float& v : scale.span<float>()) v = 0.02f / std::sqrt(terms);
  for (float& v : bias.span<float>()) v = v * 4000 + 3000;
  test::OpCase made{"conv2d_int8",
                    {{"stride", l.stride},
                     {"padding", l.padding},
                     {"dilation", l.dilation},
                     {"residual_scale", 0.37},
                     {"dtype", std::string(l.y)}},
                    {test::random_array({l.n, l.c, l.h, l.w}, l.x, seed + 2),
                     test::random_array({l.k, l.c, l.window, l.window}, DType::i8, seed + 3), bias, scale}};
  const Shape y = ops::apply(made.op, made.params, made.inputs).shape();
  if (l.adds) made.inputs.push_back(test::random_array(y, l.residual, seed + 4));
  return made;
}

// Blocks that are full and not, more than one step of 64 bytes and less, steps that end inside of a window's row.
const Layer layers[] = {
    {1, 4, 3, 5, 8, 1},
    {2, 4, 9, 11, 24, 7, 2, 3},
    {2, 16, 6, 7, 64, 3, 1, 1, 1, DType::u8, DType::u8, "u8", true},
    {1, 64, 7, 5, 72, 3, 2, 1, 1, DType::u8, DType::i8, "u8", true},
    {3, 20, 8, 9, 10, 3, 1, 2, 2, DType::i8, DType::i8, "i8", true},
    {1, 160, 12, 12, 16, 1, 2, 0, 1, DType::i8, DType::u8, "i8", true},
    {1, 32, 4, 4, 130, 3, 1, 5, 1, DType::u8, DType::u8, "i8"},
    {5, 12, 13, 3, 33, 3, 3, 1, 1, DType::i8, DType::u8, "u8"},
};

TEST(Int8OnTensorCores, HasThePortableBits) {
  for (const LaneOrder order : {LaneOrder::forward, LaneOrder::reversed, LaneOrder::shuffled}) {
    const ThreadLimit one(1);
    SCOPED_TRACE(static_cast<int>(order));
    unsigned seed = 900;
    for (const Layer& layer : layers) {
      const test::OpCase c = convolution(layer, seed += 10);
      lane_order_now = order;
      const Array got = by_tensor_cores(c, static_cast<int>(layer.c));
      lane_order_now = LaneOrder::forward;
      test::expect_alike(got, ops::apply(c.op, c.params, c.inputs), 0, to_string(c.inputs[0].shape()));
    }
  }
}

// The largest sums there are: 255 * 127 and 255 * -127 of a whole window.
TEST(Int8OnTensorCores, SumsAreExact) {
  for (const int weight : {127, -127}) {
    const Array x = Array::empty({1, 64, 1, 1}, DType::u8), w = Array::empty({1, 64, 1, 1}, DType::i8);
    std::memset(x.data(), 255, 64);
    std::memset(w.data(), weight, 64);
    const Array bias = Array::zeros({1}, DType::f32), scale = Array::full({1}, Scalar(1.0f / 32768), DType::f32);
    const Array got = by_tensor_cores({"conv2d_int8", {{"dtype", std::string("i8")}}, {x, w, bias, scale}}, 64);
    EXPECT_EQ(static_cast<int>(*reinterpret_cast<const std::int8_t*>(got.data())), weight / 127 * 63);  // 63.25
  }
}

// A picture's channels of zeros, as quantize pads them.
TEST(Int8OnTensorCores, PaddedChannelsAddNothing) {
  const test::OpCase c = convolution({2, 3, 15, 17, 16, 7, 2}, 40);
  const Array wanted = ops::apply(c.op, c.params, c.inputs);
  test::expect_alike(by_tensor_cores(c, 4), wanted, 0, "of four");
  test::expect_alike(by_tensor_cores(c, 16), wanted, 0, "of sixteen");
  test::expect_alike(directly(c, 4), wanted, 0, "directly");
}

TEST(Int8OnTensorCores, TakeOneGroupWithChannelsInFours) {
  const auto takes = [](const Layer& layer, int block, const std::function<void(Bound&)>& change = {}) {
    Bound bound(convolution(layer, 7), block);
    if (change) change(bound);
    return ops::cpu::fits_tensor_cores(bound.call);
  };
  const Layer layer{1, 8, 4, 4, 8, 3, 1, 1, 1, DType::u8, DType::u8, "u8", true};
  EXPECT_TRUE(takes(layer, 8));
  EXPECT_TRUE(takes(layer, 12));
  EXPECT_FALSE(takes(layer, 1)) << "planes";
  EXPECT_FALSE(takes(layer, 4)) << "blocks of channels";
  EXPECT_FALSE(takes(layer, 10));
  EXPECT_FALSE(takes(layer, 8, [](Bound& b) { b.specs[4].block = 1; })) << "a residual in planes";
  EXPECT_FALSE(takes(layer, 8, [](Bound& b) { b.call.weights = nullptr; })) << "no network";
  EXPECT_FALSE(takes(layer, 8, [](Bound& b) { b.constants[1] = Array(); })) << "unknown weights";
  EXPECT_FALSE(takes(layer, 8, [](Bound& b) { b.specs[0].shape[0] = 1 << 23; })) << "2^30 bytes";
  EXPECT_FALSE(takes(layer, 8, [](Bound& b) { static_cast<ops::Conv2dInt8*>(b.params.get())->groups = 2; }));
}

TEST(Int8Direct, HasThePortableBits) {
  int compared = 0;
  for (const test::OpCase& c : test::op_cases()) {
    if (c.op != "conv2d_int8") continue;
    test::expect_alike(directly(c, static_cast<int>(c.inputs[0].shape()[1])), ops::apply(c.op, c.params, c.inputs), 0,
                       to_string(c.inputs[0].shape()));
    ++compared;
  }
  EXPECT_GE(compared, 40);
}

TEST(Int8Direct, TakesNoPlanes) {
  const test::OpCase c = convolution({1, 6, 4, 4, 5, 3, 1, 1, 1, DType::i8, DType::i8, "i8", true}, 7);
  Bound bound(c, 6);
  EXPECT_TRUE(ops::cpu::bytes_channels_last(bound.call));
  bound.specs[4].block = 1;
  EXPECT_FALSE(ops::cpu::bytes_channels_last(bound.call));
  EXPECT_FALSE(ops::cpu::bytes_channels_last(Bound(c, 1).call));
}

TEST(WeightRows, AreTheWeightsAndZeros) {
  const Array weight = test::random_array({5, 3, 2, 4}, DType::i8, 2), got = weight_rows(weight, 4);
  ASSERT_EQ(got.shape(), (Shape{64, 64}));
  const auto from = ops::view<const std::int8_t, 4>(weight);
  const auto rows = ops::view<const std::int8_t, 2>(got);
  for (Index k = 0; k < 64; ++k)
    for (Index at = 0; at < 64; ++at) {
      const Index c = at % 4, s = at / 4 % 4, r = at / 16;
      ASSERT_EQ(rows(k, at), k < 5 && c < 3 && r < 2 ? from(k, c, r, s) : 0) << k << " " << at;
    }
}

TEST(PaddedQuantize, IsThePortableOneInFourChannels) {
  for (const std::int64_t channels : {1, 3, 4}) {
    const auto first = [&](const Array& more) { return more.slice(0, {0, channels}); };  // what follows is not 0
    const Array scale = first(Array::full({5}, Scalar(200.0f), DType::f32)),
                zero = first(Array::full({5}, Scalar(90.5f), DType::f32));
    const test::OpCase c{
        "quantize", {{"padding", channels}}, {test::random_array({2, channels, 5, 9}, DType::f32, 1), scale, zero}};
    Bound bound(c, 1);
    EXPECT_TRUE(ops::cpu::quantizes_padded(bound.call));
    bound.call.output.block = ops::cpu::padded_picture_block();
    const Array got = filled(bound.call.output);
    ops::cpu::quantize_padded(bound.call.as<ops::Quantize>(), Queue{}, c.inputs, got);
    test::expect_alike(test::plain(got, bound.call.output), ops::apply(c.op, c.params, c.inputs), 0, "values");
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(got.data());
    for (Index place = 0; place < got.size() / 4; ++place)
      for (Index k = channels; k < 4; ++k) ASSERT_EQ(bytes[place * 4 + k], 0) << "the padding";
  }
}

TEST(PaddedQuantize, IsForPicturesOfNetworks) {
  const auto takes = [](std::int64_t channels, int block, bool network = true) {
    const Array one = Array::zeros({channels}, DType::f32);
    Bound bound({"quantize", {}, {Array::zeros({1, channels, 2, 2}, DType::f32), one, one}}, block);
    if (!network) bound.call.weights = nullptr;
    return ops::cpu::quantizes_padded(bound.call);
  };
  EXPECT_TRUE(takes(3, 1));
  EXPECT_FALSE(takes(3, 1, false));
  EXPECT_FALSE(takes(5, 1));
  EXPECT_FALSE(takes(3, 3));
}

}  // namespace
}  // namespace fovea
