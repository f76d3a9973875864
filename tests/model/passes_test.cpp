#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/graph_values.h"

namespace fovea::test {
namespace {

using model::Graph;
using model::Operand;

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> result;
  for (const auto& node : graph.nodes) result.push_back(node.name);
  return result;
}

const Array picture = formula_array("input", {2, 4, 7, 6});

// Both passes change no value beyond rounding, whatever they did to the nodes.
void expect_same_network(const Graph& before, const Graph& after) {
  const Array wanted = evaluate(before, picture).back(), got = evaluate(after, picture).back();
  EXPECT_LE(relative_difference(got, wanted), 2e-6);
  double largest = 0;
  for (const float v : wanted.span<float>()) largest = std::max(largest, std::abs(static_cast<double>(v)));
  EXPECT_GT(largest, 0.1) << "a network of zeros shows nothing";
}

std::vector<std::string> folded_and_fused(const Graph& before) {
  Graph after = before;
  model::fold_batch_norm(after);
  expect_same_network(before, after);
  model::fuse_convolutions(after);
  expect_same_network(before, after);
  return names(after);
}

TEST(FoldBatchNorm, BecomesPartOfTheConvolution) {
  for (const double epsilon : {1e-5, 0.3}) {
    GraphMaker maker(4);
    maker.batch_norm("bn", maker.conv("conv", Graph::input, 8, 4), 8, epsilon);
    EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv"));
  }
}

TEST(FoldBatchNorm, TheDefaultEpsilonIsTheOps) {
  GraphMaker maker(4);
  const int norm = maker.batch_norm("bn", maker.conv("conv", Graph::input, 8, 4), 8);
  auto& node = maker.graph.nodes[static_cast<std::size_t>(norm)];
  node.params.clear();
  node.inputs[4] = formula_array("tiny", {8}, 1e-5f, 2e-5f);  // where epsilon is half of the result
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv"));
}

TEST(FoldBatchNorm, LeavesTheOriginalWeightsAlone) {
  GraphMaker maker(4);
  maker.batch_norm("bn", maker.conv("conv", Graph::input, 8, 4), 8);
  const Array weight = maker.graph.nodes[0].inputs[1].constant.copy();
  Graph after = maker.graph;
  model::fold_batch_norm(after);
  EXPECT_EQ(relative_difference(maker.graph.nodes[0].inputs[1].constant, weight), 0);
}

TEST(FoldBatchNorm, AConvolutionThatOthersReadStays) {
  GraphMaker maker(4);
  const int conv = maker.conv("conv", Graph::input, 4, 4);
  maker.add("add", maker.batch_norm("bn", conv, 4), conv);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "bn", "add"));
}

TEST(FoldBatchNorm, TwoOfOneConvolutionStay) {
  GraphMaker maker(4);
  const int conv = maker.conv("conv", Graph::input, 4, 4);
  const int a = maker.batch_norm("a", conv, 4), b = maker.batch_norm("b", conv, 4);
  maker.add("add", a, b);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "a", "b", "add"));
}

TEST(FoldBatchNorm, OneAfterTheOtherFoldTogether) {
  GraphMaker maker(4);
  maker.batch_norm("b", maker.batch_norm("a", maker.conv("conv", Graph::input, 4, 4), 4), 4);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv"));
}

TEST(FoldBatchNorm, StaysBehindAnythingElse) {
  GraphMaker maker(4);
  const int relu = maker.relu("relu", maker.batch_norm("first", Graph::input, 4));
  maker.conv("conv", maker.batch_norm("second", relu, 4), 4, 4);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("first", "relu", "second", "conv"));
}

TEST(FoldBatchNorm, NotIntoWhatAnActivationOrAResidualEnds) {
  GraphMaker maker(4);
  const int conv = maker.conv("conv", Graph::input, 4, 4);
  maker.graph.nodes[0].params["activation"] = std::string("relu");
  maker.batch_norm("bn", conv, 4);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "bn"));

  GraphMaker other(4);
  const int sum = other.conv("conv", Graph::input, 4, 4);
  other.graph.nodes[0].inputs.push_back(Graph::input);
  other.batch_norm("bn", sum, 4);
  EXPECT_THAT(folded_and_fused(other.graph), testing::ElementsAre("conv", "bn"));
}

TEST(FuseConvolutions, TakesAddThenRelu) {
  for (const bool swapped : {false, true}) {
    GraphMaker maker(4);
    const int conv = maker.batch_norm("bn", maker.conv("conv", Graph::input, 4, 4), 4);
    maker.relu("relu", swapped ? maker.add("add", Graph::input, conv) : maker.add("add", conv, Graph::input));
    EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv"));
  }
}

TEST(FuseConvolutions, AddAfterReluIsNotReluAfterAdd) {
  GraphMaker maker(4);
  maker.add("add", maker.relu("relu", maker.conv("conv", Graph::input, 4, 4)), Graph::input);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "add"));
}

TEST(FuseConvolutions, TheSumOfTwoGoesIntoTheLater) {
  for (const bool swapped : {false, true}) {
    GraphMaker maker(4);
    const int a = maker.conv("a", Graph::input, 8, 4, 1), b = maker.conv("b", Graph::input, 8, 4);
    maker.relu("relu", swapped ? maker.add("add", b, a) : maker.add("add", a, b));
    Graph after = maker.graph;
    model::fuse_convolutions(after);
    expect_same_network(maker.graph, after);
    EXPECT_THAT(names(after), testing::ElementsAre("a", "b"));
    ASSERT_EQ(after.nodes[1].inputs.size(), 4u);
    EXPECT_EQ(after.nodes[1].inputs[3].node, 0);
    EXPECT_EQ(after.nodes[0].params.count("activation"), 0u);
  }
}

TEST(FuseConvolutions, AResidualMadeAfterTheConvolutionIsNotTaken) {
  GraphMaker maker(4);
  const int conv = maker.conv("conv", Graph::input, 4, 4);
  maker.add("add", conv, maker.batch_norm("later", Graph::input, 4));
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "later", "add"));
}

TEST(FuseConvolutions, AConvolutionUsedTwiceStays) {
  GraphMaker maker(4);
  const int conv = maker.conv("conv", Graph::input, 4, 4);
  maker.add("add", maker.relu("relu", conv), conv);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("conv", "relu", "add"));

  GraphMaker later(4);
  const int shared = later.conv("conv", Graph::input, 4, 4);
  later.add("again", later.add("add", shared, Graph::input), shared);
  EXPECT_THAT(folded_and_fused(later.graph), testing::ElementsAre("conv", "add", "again"));

  GraphMaker twice(4);
  const int both = twice.conv("conv", Graph::input, 4, 4);
  twice.add("add", both, both);
  EXPECT_THAT(folded_and_fused(twice.graph), testing::ElementsAre("conv", "add"));
}

TEST(FuseConvolutions, OnlyOneSumAConvolution) {
  GraphMaker maker(4);
  const int stem = maker.batch_norm("stem", Graph::input, 4);
  const int first = maker.add("first", maker.conv("conv", stem, 4, 4), stem);
  maker.add("second", first, stem);
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("stem", "conv", "second"));
}

// A block of a residual network with a strided shortcut, then one without.
TEST(Passes, ResidualBlocksBecomeTheirConvolutions) {
  GraphMaker maker(4);
  const int stem = maker.relu("r0", maker.batch_norm("n0", maker.conv("c0", Graph::input, 8, 4), 8));
  const int a = maker.relu("r1", maker.batch_norm("n1", maker.conv("c1", stem, 12, 8, 3, 2), 12));
  const int b = maker.batch_norm("n2", maker.conv("c2", a, 12, 12), 12);
  const int shortcut = maker.batch_norm("n3", maker.conv("c3", stem, 12, 8, 1, 2), 12);
  const int block = maker.relu("r2", maker.add("a2", b, shortcut));
  const int c = maker.relu("r4", maker.batch_norm("n4", maker.conv("c4", block, 12, 12), 12));
  const int d = maker.batch_norm("n5", maker.conv("c5", c, 12, 12), 12);
  maker.relu("r5", maker.add("a5", d, block));
  EXPECT_THAT(folded_and_fused(maker.graph), testing::ElementsAre("c0", "c1", "c2", "c3", "c4", "c5"));
}

}  // namespace
}  // namespace fovea::test
