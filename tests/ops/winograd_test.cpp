#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "base/threads.h"
#include "ops/op.h"
#include "ops/winograd/points.h"
#include "ops/winograd/tiling.h"

namespace fovea {
namespace {

using ops::Call;
using ops::Row;
using ops::TensorSpec;

struct Layer {
  std::int64_t n, c, k, h, w, padding = 1;
  bool residual = false, relu = false;
  std::int64_t stride = 1;
  int tile = 0;  // 0: as the shape decides
};

std::int64_t outputs(const Layer& l, std::int64_t extent) {
  return (extent + 2 * l.padding - 3) / l.stride + 1;
}

Array normal(const Shape& shape, unsigned seed, double scale = 1) {
  Array array = Array::empty(shape, DType::f32);
  std::mt19937 generator(seed);
  std::normal_distribution<double> values(0, scale);
  for (float& v : array.span<float>()) v = static_cast<float>(values(generator));
  return array;
}

std::vector<Array> operands(const Layer& l) {
  std::vector<Array> all{normal({l.n, l.c, l.h, l.w}, 1),
                         normal({l.k, l.c, 3, 3}, 2, std::sqrt(2.0 / (9.0 * static_cast<double>(l.c)))),
                         normal({l.k}, 3)};
  if (l.residual) all.push_back(normal({l.n, l.k, outputs(l, l.h), outputs(l, l.w)}, 4));
  return all;
}

ops::Params params(const Layer& l) {
  return {{"padding", l.padding}, {"stride", l.stride}, {"activation", std::string(l.relu ? "relu" : "none")}};
}

const Row* row(const std::string& variant) {
  for (const Row& r : ops::registry().rows())
    if (r.op == "conv2d" && r.device == Device::Kind::cpu && r.variant == variant) return &r;
  return nullptr;
}

Array blocked(const Array& plain, int block) {
  const Shape& s = plain.shape();
  Array out = Array::zeros({s[0], (s[1] + block - 1) / block, s[2], s[3], block}, DType::f32);
  const auto to = ops::view<float, 5>(out);
  const auto from = ops::view<const float, 4>(plain);
  for (Index n = 0; n < s[0]; ++n)
    for (Index c = 0; c < s[1]; ++c)
      for (Index y = 0; y < s[2]; ++y)
        for (Index x = 0; x < s[3]; ++x) to(n, c / block, y, x, c % block) = from(n, c, y, x);
  return out;
}

struct Prepared {
  std::unique_ptr<ops::Kernel> kernel;
  std::vector<Array> inputs;
  TensorSpec output;
};

// The winograd row over blocked operands; no kernel if it refuses.
Prepared prepare(const ops::Params& p, std::vector<Array> inputs, ops::WeightCache& weights, int tile = 0) {
  const Row& winograd = *row("winograd");
  const ops::Op& op = ops::registry().op("conv2d");
  const auto bound = op.bind(op, p);
  std::vector<TensorSpec> specs;
  for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
  TensorSpec output = op.infer(bound.get(), specs);
  output.block = winograd.block();
  std::vector<Array> constants = inputs;
  constants[0] = Array();
  for (std::size_t k : {std::size_t{0}, std::size_t{3}})
    if (k < inputs.size()) inputs[k] = blocked(inputs[k], output.block), specs[k].block = output.block;
  const Call call{bound.get(), specs, output, constants, &weights, {"winograd", tile}};
  if (!winograd.supports(call)) return {nullptr, inputs, output};
  return {winograd.prepare(call), inputs, output};
}

Array run(const Layer& l, const std::vector<Array>& inputs, bool in_place = false) {
  ops::WeightCache weights;
  Prepared ready = prepare(params(l), inputs, weights, l.tile);
  if (!ready.kernel) throw std::logic_error("winograd refuses a layer of its own");
  Array output = in_place ? ready.inputs[3] : Array::empty(ops::stored_shape(ready.output), DType::f32);
  ready.kernel->run(Queue{}, ready.inputs, output);
  return output;
}

// ||got - wanted|| / ||wanted||, the oracle's sums being of f64.
double distance(const Array& got, const Array& plain, int block) {
  const Array wanted = blocked(plain, block);
  const auto a = got.span<float>(), b = wanted.span<float>();
  double error = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    error += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    size += static_cast<double>(b[i]) * b[i];
  }
  return std::sqrt(error / size);
}

Array oracle(const ops::Params& p, const std::vector<Array>& inputs) {
  const ops::Op& op = ops::registry().op("conv2d");
  const auto bound = op.bind(op, p);
  std::vector<TensorSpec> specs;
  for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
  const Call call{bound.get(), specs, op.infer(bound.get(), specs)};
  const Array output = Array::empty(call.output.shape, DType::f32);
  row("portable")->prepare(call)->run(Queue{}, inputs, output);
  return output;
}

Array oracle(const Layer& l, const std::vector<Array>& inputs) {
  return oracle(params(l), inputs);
}

bool usable() {
  return row("winograd")->block() > 1 && [] {
    ops::WeightCache weights;
    return prepare({{"padding", std::int64_t{1}}}, operands({1, 32, 32, 4, 4}), weights).kernel != nullptr;
  }();
}

TEST(Winograd, MatricesGiveSumsForEveryNumberOfPoints) {
  using namespace ops::winograd;
  for (const int points : {4, 6, 8})
    for (const int taps : {3, 4})
      for (int used = taps; used <= points; ++used) {
        const int outputs = used - taps + 1;
        const Matrix in = input_matrix(points, used), out = output_matrix(points, used, outputs),
                     weight = weight_matrix(points, taps);
        const double x[8] = {3, -1, 4, 1, -5, 9, 2, -6}, g[4] = {2, -7, 1, 8};
        for (int k = 0; k < outputs; ++k) {
          double direct = 0, got = 0;
          for (int t = 0; t < taps; ++t) direct += g[t] * x[k + t];
          for (int i = 0; i < used; ++i) {
            double d = 0, u = 0;
            for (int j = 0; j < used; ++j) d += in.at[i][j] * x[j];
            for (int t = 0; t < taps; ++t) u += weight.at[i][t] * g[t];
            got += out.at[k][i] * d * u;
          }
          EXPECT_NEAR(got, direct, 1e-11) << points << " points, " << used << " used, output " << k;
        }
      }
}

// The even inputs through points, which for an odd number of them come in no pairs, and each odd input with its tap.
TEST(Winograd, MatricesOfStrideTwoGiveSumsForEveryNumberOfOutputs) {
  using namespace ops::winograd;
  for (const int tile : {2, 4})
    for (int outputs = 1; outputs <= tile; ++outputs) {
      const int points = tile + 1, used = outputs + 1;
      const Matrix in = input_matrix(points, used), out = output_matrix(points, used, outputs),
                   weight = strided_weight_matrix(points);
      const double x[9] = {3, -1, 4, 1, -5, 9, 2, -6, 5}, g[3] = {2, -7, 8};
      const auto transformed = [&](int i) {
        return weight.at[i][0] * g[0] + weight.at[i][1] * g[1] + weight.at[i][2] * g[2];
      };
      for (int k = 0; k < outputs; ++k) {
        double got = transformed(points) * x[2 * k + 1];
        for (int i = 0; i < used; ++i) {
          double d = 0;
          for (int j = 0; j < used; ++j) d += in.at[i][j] * x[2 * j];
          got += out.at[k][i] * d * transformed(i);
        }
        EXPECT_NEAR(got, g[0] * x[2 * k] + g[1] * x[2 * k + 1] + g[2] * x[2 * k + 2], 1e-11)
            << "tile of " << tile << ", " << outputs << " outputs, output " << k;
      }
    }
}

TEST(Winograd, AShortTileDoesWithoutTheLastPointsOfEachKind) {
  using namespace ops::winograd;
  const auto lacked = [](const Form& form, Index extent) {
    std::vector<int> points;
    for (int p = 0; p < form.points(); ++p)
      if (rest_lacks(form, extent, p)) points.push_back(p);
    return points;
  };
  EXPECT_EQ(lacked({4, 3}, 14), (std::vector<int>{4, 5}));
  EXPECT_EQ(lacked({4, 3}, 8), std::vector<int>());
  EXPECT_EQ(lacked({4, 3, 2}, 7), (std::vector<int>{4, 8}));
  EXPECT_EQ(lacked({4, 3, 2}, 1), (std::vector<int>{2, 3, 4, 6, 7, 8}));
  EXPECT_EQ(lacked({4, 3, 2}, 12), std::vector<int>());
  EXPECT_EQ(lacked({2, 3, 2}, 7), (std::vector<int>{2, 4}));
}

TEST(Winograd, TilesCoverEveryOutputOnce) {
  using namespace ops::winograd;
  for (const auto& [tile, stride] : {std::pair(2, 1), {4, 1}, {6, 1}, {2, 2}, {4, 2}})
    for (const Index height : {1, 5, 7, 12, 14})
      for (const Index width : {1, 3, 8, 13})
        for (const Index most : {1, 5, 49}) {
          const Geometry g{{tile, 3, stride}, 2, 16,     32,    stride * height,
                           stride * width,    1, height, width, Activation::none};
          std::vector<int> hits(static_cast<std::size_t>(2 * height * width), 0);
          for (const Chunk& chunk : cut(g, most, 6)) {
            ASSERT_LE(static_cast<Index>(chunk.tiles.size()), most);
            for (std::size_t t = 0; t < chunk.tiles.size(); ++t) {
              const Tile& at = chunk.tiles[t];
              const auto within = [&, s = stride](Index first, int count, Index size) {
                return s * first >= 1 && s * (first + count - 1) + 1 < s * size;
              };
              EXPECT_EQ(at.inner, within(at.row, at.rows, height) && within(at.column, at.columns, width));
              for (int kind = 0; kind < 4; ++kind) {
                const bool needs = (!(kind & 2) || at.rows == tile) && (!(kind & 1) || at.columns == tile);
                const ops::winograd::Block& range = chunk.ranges[kind];
                const auto index = static_cast<Index>(t);
                EXPECT_EQ(needs, index >= range.first && index < range.first + range.count);
              }
              for (Index y = at.row; y < at.row + at.rows; ++y)
                for (Index x = at.column; x < at.column + at.columns; ++x)
                  ++hits[static_cast<std::size_t>((at.picture * height + y) * width + x)];
            }
          }
          for (const int hit : hits) EXPECT_EQ(hit, 1);
        }
}

TEST(Winograd, AgreesWithSumsOfF64OverSizesChannelsAndPadding) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  std::vector<Layer> layers;
  for (std::int64_t size = 1; size <= 20; ++size) {
    layers.push_back({2, 16, 32, size, 21 - size, 1, size % 2 == 0, size % 3 == 0});
    layers.push_back({1, 19, 45, size, size, 1, size % 3 == 1, size % 2 == 0});
    layers.push_back({1, 7, 33, size, 20, 2, size % 3 == 0, true});
    if (size > 2) layers.push_back({3, 33, 80, size, 9, 0, size % 2 == 1, false});
  }
  layers.push_back({3, 300, 70, 14, 14, 1, true, true});  // two panels a group, the last with one of them
  layers.push_back({9, 64, 64, 7, 7, 1, true, true});
  for (const Layer& l : layers) {
    const std::vector<Array> inputs = operands(l);
    const Array got = run(l, inputs);
    const int block = row("winograd")->block();
    EXPECT_LT(distance(got, oracle(l, inputs), block), 2e-6)
        << l.c << " channels, " << l.h << " x " << l.w << ", padding " << l.padding;
  }
}

TEST(Winograd, OfStrideTwoAgreesWithSumsOfF64OverSizesChannelsPaddingAndTiles) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  std::vector<Layer> layers;
  for (const int tile : {2, 4})
    for (std::int64_t size = 1; size <= 21; ++size) {
      layers.push_back({2, 16, 32, size, 22 - size, 1, size % 2 == 0, size % 3 == 0, 2, tile});
      layers.push_back({1, 19, 45, size, size, 1, size % 3 == 1, size % 2 == 0, 2, tile});
      layers.push_back({1, 7, 33, size, 20, 2, size % 3 == 0, true, 2, tile});
      if (size > 2) layers.push_back({3, 33, 80, size, 9, 0, size % 2 == 1, false, 2, tile});
    }
  layers.push_back({3, 300, 70, 28, 27, 1, true, true, 2, 4});  // two panels a group, the last with one of them
  layers.push_back({9, 64, 128, 14, 14, 1, true, true, 2});
  layers.push_back({1, 64, 128, 56, 56, 1, true, true, 2});
  for (const Layer& l : layers) {
    const std::vector<Array> inputs = operands(l);
    const Array got = run(l, inputs);
    const int block = row("winograd")->block();
    EXPECT_LT(distance(got, oracle(l, inputs), block), 2e-6)
        << l.c << " channels, " << l.h << " x " << l.w << ", padding " << l.padding << ", tile " << l.tile;
  }
}

TEST(Winograd, Relu6AndAbsentActivationsAreThoseOfSumsOfF64) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  for (const std::int64_t stride : {1, 2})
    for (const char* const activation : {"none", "relu", "relu6"}) {
      const Layer l{2, 32, 48, 13, 13, 1, true, false, stride};
      std::vector<Array> inputs = operands(l);
      for (float& v : inputs[0].span<float>()) v *= 6;
      ops::Params p = params(l);
      p["activation"] = std::string(activation);
      ops::WeightCache weights;
      Prepared ready = prepare(p, inputs, weights);
      ASSERT_NE(ready.kernel, nullptr);
      const Array got = Array::empty(ops::stored_shape(ready.output), DType::f32);
      ready.kernel->run(Queue{}, ready.inputs, got);
      EXPECT_LT(distance(got, oracle(p, inputs), ready.output.block), 2e-6) << activation << ", stride " << stride;
    }
}

TEST(Winograd, ChannelsThatPadABlockStayZero) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  for (const std::int64_t stride : {1, 2}) {
    const Layer l{1, 16, 37, 9, 9, 1, true, true, stride};
    const Array y = run(l, operands(l));
    const auto view = ops::view<const float, 5>(y);
    const Index block = view.extent[4], side = outputs(l, 9);
    for (Index c = 37; c < view.extent[1] * block; ++c)
      for (Index i = 0; i < side * side; ++i) EXPECT_EQ(view(0, c / block, i / side, i % side, c % block), 0.0f);
  }
}

TEST(Winograd, ResidualInPlaceGivesTheSameBits) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  for (const std::int64_t size : {5, 15, 35}) {
    const Layer l{2, 48, 64, size, size, 1, true, true, size == 15 ? 1 : 2};
    const std::vector<Array> inputs = operands(l);
    const Array apart = run(l, inputs), within = run(l, inputs, true);
    EXPECT_EQ(std::memcmp(apart.data(), within.data(), static_cast<std::size_t>(apart.size()) * 4), 0);
  }
}

TEST(Winograd, ARowsBitsDependNeitherOnTheBatchNorOnThreads) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  for (const Layer& one :
       {Layer{1, 64, 96, 7, 7}, Layer{1, 260, 192, 14, 14}, Layer{1, 32, 64, 30, 29},
        Layer{1, 64, 128, 40, 41, 1, false, true, 2}, Layer{1, 130, 256, 14, 14, 1, false, true, 2}}) {
    const std::vector<Array> inputs = operands(one);
    const Array wanted = run(one, inputs);
    for (const std::int64_t n : {2, 5, 8})
      for (const int threads : {1, 2, 3}) {
        const ThreadLimit limit(threads);
        Layer many = one;
        many.n = n;
        std::vector<Array> all = operands(many);
        for (std::int64_t i = 0; i < n; ++i)
          std::memcpy(all[0].data() + i * inputs[0].size() * 4, inputs[0].data(),
                      static_cast<std::size_t>(inputs[0].size()) * 4);
        const Array got = run(many, all);
        const auto each = static_cast<std::size_t>(wanted.size()) * 4;
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
          EXPECT_EQ(std::memcmp(got.data() + i * each, wanted.data(), each), 0) << i << " of " << n;
      }
  }
}

TEST(Winograd, OneNaNSpoilsItsTilesOnly) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  const Layer l{1, 16, 32, 16, 16, 1, false, true};
  std::vector<Array> inputs = operands(l);
  const Array clean = run(l, inputs);
  inputs[0].span<float>()[0] = std::nanf("");
  const Array got = run(l, inputs);
  const auto spoilt = ops::view<const float, 5>(got), wanted = ops::view<const float, 5>(clean);
  EXPECT_TRUE(std::isnan(spoilt(0, 0, 0, 0, 0)));
  for (Index y = 0; y < 16; ++y)
    for (Index x = y < 4 ? 4 : 0; x < 16; ++x) EXPECT_EQ(spoilt(0, 1, y, x, 3), wanted(0, 1, y, x, 3)) << y << " " << x;
}

// An output's tile has 9 inputs a side from the one before its first on; four of the next tile's outputs do not see it.
TEST(Winograd, OneNaNSpoilsItsTilesOnlyWithStrideTwo) {
  if (!usable()) GTEST_SKIP() << "this processor's convolutions are direct";
  const Layer l{1, 16, 32, 34, 34, 1, false, true, 2};
  std::vector<Array> inputs = operands(l);
  const Array clean = run(l, inputs);
  inputs[0].span<float>()[0] = std::nanf("");
  const Array got = run(l, inputs);
  const auto spoilt = ops::view<const float, 5>(got), wanted = ops::view<const float, 5>(clean);
  EXPECT_TRUE(std::isnan(spoilt(0, 0, 0, 0, 0)));
  for (Index y = 0; y < 17; ++y)
    for (Index x = y < 4 ? 4 : 0; x < 17; ++x) EXPECT_EQ(spoilt(0, 1, y, x, 3), wanted(0, 1, y, x, 3)) << y << " " << x;
}

TEST(Winograd, RefusesWhatItDoesNotCompute) {
  ops::WeightCache weights;
  const auto takes = [&](const ops::Params& p, std::int64_t c, std::int64_t k, std::int64_t each, std::int64_t window) {
    return prepare(p, {normal({1, c, 12, 12}, 1), normal({k, each, window, window}, 2), normal({k}, 3)}, weights)
               .kernel != nullptr;
  };
  const std::int64_t one = 1, two = 2, three = 3;
  EXPECT_EQ(takes({{"padding", one}}, 32, 32, 32, 3), usable());
  EXPECT_FALSE(takes({{"padding", one}, {"groups", two}}, 32, 32, 16, 3));
  EXPECT_EQ(takes({{"padding", one}, {"stride", two}}, 32, 32, 32, 3), usable());
  EXPECT_FALSE(takes({{"padding", one}, {"stride", three}}, 32, 32, 32, 3));
  EXPECT_FALSE(takes({{"padding", two}, {"stride", two}}, 32, 32, 32, 5));
  EXPECT_FALSE(takes({{"stride", two}}, 32, 32, 32, 1));
  EXPECT_EQ(takes({{"padding", one}, {"stride", two}}, 256, 32, 256, 3), usable());
  EXPECT_FALSE(takes({{"padding", one}, {"stride", two}}, 257, 32, 257, 3));
  EXPECT_EQ(takes({{"padding", one}}, 257, 32, 257, 3), usable());
  EXPECT_FALSE(takes({{"padding", two}, {"dilation", two}}, 32, 32, 32, 3));
  EXPECT_FALSE(takes({{"padding", three}}, 32, 32, 32, 3));
  EXPECT_FALSE(takes({{"padding", two}}, 32, 32, 32, 5));
  EXPECT_FALSE(takes({}, 32, 32, 32, 1));
  EXPECT_FALSE(takes({{"padding", one}}, 32, 16, 32, 3));
}

}  // namespace
}  // namespace fovea
