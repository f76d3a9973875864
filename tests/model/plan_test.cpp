#include "model/plan.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/graph_values.h"

namespace fovea::test {
namespace {

using model::Graph;

// A graph whose results live for very different times: each node reads its neighbour and one from long ago.
Graph tangled(int nodes) {
  GraphMaker maker(4);
  std::vector<int> made{maker.conv("first", Graph::input, 4, 4)};
  for (int i = 1; i < nodes; ++i) {
    const std::string name = "n" + std::to_string(i);
    const int last = made.back(), old = made[static_cast<std::size_t>(i * i * 7 % i)];
    switch (i % 4) {
      case 0:
        made.push_back(maker.conv(name, last, 4, 4));
        break;
      case 1:
        made.push_back(maker.add(name, last, old));
        break;
      case 2:
        made.push_back(maker.relu(name, last));
        break;
      default:
        made.push_back(maker.relu(name, maker.add(name + "s", last, old)));
    }
  }
  int sum = made.back();
  for (int i = 0; i < nodes; i += 3) sum = maker.add("sum" + std::to_string(i), sum, made[static_cast<std::size_t>(i)]);
  maker.graph.add({"mean", "global_avg_pool", {}, {sum}});  // ends the channel blocks of tuned convolutions
  return maker.graph;
}

struct Ready {
  explicit Ready(const Graph& graph, const Array& input)
      : plan(graph, input.shape(), weights),
        arena(Array::empty({static_cast<std::int64_t>(plan.arena_bytes())}, DType::u8)) {}
  Array run(const Array& input, int poison) {
    std::memset(arena.data(), poison, static_cast<std::size_t>(arena.size()));
    return plan.run(input, arena.data()).copy();
  }
  ops::WeightCache weights;
  model::Plan plan;
  Array arena;
};

bool same_bytes(const Array& a, const Array& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * 4) == 0;
}

class Plans : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { ::setenv("FOVEA_VARIANT", GetParam(), 1); }
  void TearDown() override { ::unsetenv("FOVEA_VARIANT"); }
};

TEST_P(Plans, LivingResultsDoNotOverlap) {
  const Array input = formula_array("input", {2, 4, 9, 5});
  for (const int nodes : {1, 2, 5, 13, 40}) {
    const Graph graph = tangled(nodes);
    Ready ready(graph, input);
    const Array wanted = evaluate(graph, input).back();
    // Bytes that nothing wrote would be NaN.
    EXPECT_LE(relative_difference(ready.run(input, 0xFF), wanted), 1e-5) << nodes;
  }
}

TEST_P(Plans, WhatTheArenaHeldDoesNotMatter) {
  const Graph graph = tangled(23);
  const Array input = formula_array("input", {2, 4, 9, 5});
  Ready ready(graph, input);
  const Array first = ready.run(input, 0xFF);
  EXPECT_TRUE(same_bytes(ready.run(input, 0), first));
  EXPECT_TRUE(same_bytes(ready.run(input, 0x5A), first));
  EXPECT_TRUE(same_bytes(input, formula_array("input", {2, 4, 9, 5}))) << "the input was written to";
}

TEST_P(Plans, StayInsideTheirArena) {
  const Graph graph = tangled(23);
  const Array input = formula_array("input", {2, 4, 9, 5});
  Ready ready(graph, input);
  const std::size_t bytes = ready.plan.arena_bytes(), guard = 4096;
  const Array wide = Array::empty({static_cast<std::int64_t>(bytes + 2 * guard)}, DType::u8);
  std::memset(wide.data(), 0x77, bytes + 2 * guard);
  const Array output = ready.plan.run(input, wide.data() + guard);
  EXPECT_GE(output.data(), wide.data() + guard);
  EXPECT_LE(output.data() + output.size() * 4, wide.data() + guard + bytes);
  for (std::size_t i = 0; i < guard; ++i) {
    ASSERT_EQ(wide.data()[i], std::byte{0x77}) << "before the arena";
    ASSERT_EQ(wide.data()[guard + bytes + i], std::byte{0x77}) << "after the arena";
  }
}

TEST_P(Plans, MoveToAnotherArena) {
  const Graph graph = tangled(13);
  const Array input = formula_array("input", {1, 4, 9, 5});
  Ready ready(graph, input);
  const Array first = ready.run(input, 0xFF), old_arena = ready.arena;
  ready.arena = Array::empty(old_arena.shape(), DType::u8);
  std::memset(old_arena.data(), 0xFF, static_cast<std::size_t>(old_arena.size()));
  EXPECT_TRUE(same_bytes(ready.run(input, 0), first));
  for (const std::uint8_t byte : old_arena.span<std::uint8_t>()) ASSERT_EQ(byte, 0xFF) << "the old arena was used";
}

TEST_P(Plans, AResidualThatTheConvolutionReadsTooIsNotOverwritten) {
  for (const std::int64_t channels : {4, 64}) {
    GraphMaker maker(static_cast<int>(channels));
    const int x = maker.conv("before", Graph::input, channels, channels);
    const int sum = maker.add("sum", maker.conv("again", x, channels, channels), x);
    maker.graph.add({"mean", "global_avg_pool", {}, {sum}});
    Graph fused = maker.graph;
    model::fuse_convolutions(fused);
    const Array input = formula_array("input", {1, channels, 64, 64});
    Ready ready(fused, input);
    EXPECT_LE(relative_difference(ready.run(input, 0xFF), evaluate(maker.graph, input).back()), 1e-5) << channels;
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, Plans, testing::Values("", "portable"),
                         [](const auto& tested) { return std::string(*tested.param ? tested.param : "tuned"); });

TEST(Plan, AChainNeedsTwoResultsAtMost) {
  ::setenv("FOVEA_VARIANT", "portable", 1);
  GraphMaker maker(4);
  int last = maker.conv("c", Graph::input, 4, 4);
  for (int i = 0; i < 20; ++i) last = maker.conv("c" + std::to_string(i), last, 4, 4);
  const Array input = formula_array("input", {1, 4, 16, 16});
  ops::WeightCache weights;
  EXPECT_EQ(model::Plan(maker.graph, input.shape(), weights).arena_bytes(), 2u * 4 * 16 * 16 * 4);
  ::unsetenv("FOVEA_VARIANT");
}

// Channels side by side, 24 of them, which fill no whole number of blocks; padding that is not zero would be NaN.
TEST(Plan, F32BehindLowPrecisionIsInBlocks) {
  for (const bool bytes : {false, true}) {
    GraphMaker maker(3);
    const int low =
        bytes
            ? maker.graph.add({"low",
                               "quantize",
                               {},
                               {Graph::input, formula_array("scale", {3}, 20, 100), formula_array("zero", {3}, 9, 90)}})
            : maker.graph.add({"low", "cast", {{"dtype", std::string("bf16")}}, {Graph::input}});
    const int wide =
        maker.graph.add({"wide",
                         "subsample_pad",
                         {{"stride", std::int64_t{1}}, {"before", std::int64_t{10}}, {"after", std::int64_t{11}}},
                         {low}});
    const int single = maker.graph.add({"single", "cast", {{"dtype", std::string("f32")}, {"scale", 0.5}}, {wide}});
    maker.graph.add({"mean", "global_avg_pool", {}, {maker.conv("conv", single, bytes ? 48 : 16, 24)}});
    const Array input = formula_array("input", {2, 3, 9, 7});
    Ready ready(maker.graph, input);
    const Array wanted = evaluate(maker.graph, input).back();
    EXPECT_LE(relative_difference(ready.run(input, 0xFF), wanted), 1e-5) << bytes;
    std::vector<std::string> variants;
    for (const auto& step : ready.plan.steps()) variants.push_back(step.op + "/" + step.variant);
    EXPECT_EQ(variants[2], "cast/blocks");
    EXPECT_EQ(variants.size(), 5u) << "a copy out of blocks";
  }
}

TEST(Plan, RefusesANodeThatDoesNotFit) {
  GraphMaker maker(4);
  maker.conv("odd", Graph::input, 8, 5);
  ops::WeightCache weights;
  try {
    model::Plan(maker.graph, {1, 4, 8, 8}, weights);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::model_format);
    EXPECT_NE(std::string(error.what()).find("odd"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace fovea::test
