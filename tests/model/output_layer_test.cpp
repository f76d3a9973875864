#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "fovea/model.h"
#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/graph_values.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

constexpr int side = 12;

// Its 24 channels fill no whole number of 16-channel blocks.
Model network() {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = side;
  return Model::from_state_dict(FormulaWeights::cifar(1, {24, 48, 96}, 5), "wide").with_preprocess(preprocess);
}

Array pictures(std::int64_t count) {
  return formula_array("input", {count, 3, side, side});
}

Array golden(const std::string& layer) {
  return load_npy(test_data("model/cifar_resnet8_wide." + layer + ".npy")).value();
}

class OutputLayers : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { ::setenv("FOVEA_VARIANT", GetParam(), 1); }
  void TearDown() override { ::unsetenv("FOVEA_VARIANT"); }
};
INSTANTIATE_TEST_SUITE_P(Variants, OutputLayers, testing::Values("", "portable"),
                         [](const auto& tested) { return std::string(*tested.param ? tested.param : "tuned"); });

TEST_P(OutputLayers, AreNumPysInF64) {
  const Model model = network();
  const struct {
    const char* layer;
    Shape shape;
  } cases[] = {{"layer1.0.conv2", {24, 12, 12}},
               {"layer2.0.conv1", {48, 6, 6}},
               {"layer3.0.conv2", {96, 3, 3}},
               {"avgpool", {96}}};
  for (const auto& [layer, shape] : cases) {
    const Model features = model.with_output(layer);
    EXPECT_EQ(features.output(), shape) << layer;
    const Array wanted = golden(layer);
    const Array flat = wanted.reshape({2, wanted.size() / 2});
    EXPECT_LE(relative_difference(features.run(pictures(2)), flat), 1e-5) << layer;
  }
}

TEST_P(OutputLayers, AveragePoolingIsTheMeanOfEachChannel) {
  const Model pooled = network().with_output("layer2.0.conv1", Pooling::average);
  EXPECT_EQ(pooled.output(), (Shape{48}));
  const Array maps = golden("layer2.0.conv1"), wanted = Array::empty({2, 48}, DType::f32);
  const auto values = maps.span<float>();
  for (std::size_t k = 0; k < 96; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < 36; ++i) sum += values[k * 36 + i];
    wanted.span<float>()[k] = static_cast<float>(sum / 36);
  }
  EXPECT_LE(relative_difference(pooled.run(pictures(2)), wanted), 1e-5);
}

TEST_P(OutputLayers, TheLinearLayerOfTheDefaultIsTheLogits) {
  const Model model = network(), features = model.with_output();
  EXPECT_EQ(features.output(), (Shape{96}));
  const StateDict weights = FormulaWeights::cifar(1, {24, 48, 96}, 5);
  const auto w = weights.tensors.at("linear.weight").span<float>(), b = weights.tensors.at("linear.bias").span<float>();
  const Array logits = model.run(pictures(3)), x = features.run(pictures(3)), wanted = Array::empty({3, 5}, DType::f32);
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::size_t c = 0; c < 5; ++c) {
      double sum = b[c];
      for (std::size_t k = 0; k < 96; ++k) sum += static_cast<double>(w[c * 96 + k]) * x[n].span<float>()[k];
      wanted[n].span<float>()[c] = static_cast<float>(sum);
    }
  EXPECT_LE(relative_difference(logits, wanted), 1e-5);
}

TEST_P(OutputLayers, BitsDoNotDependOnBatchOrThreads) {
  const Model features = network().with_output("layer1.0.conv2");
  const Array all = pictures(11), together = features.run(all, 2);
  ASSERT_EQ(together.shape(), (Shape{11, 24 * 144}));
  for (std::int64_t n = 0; n < 11; ++n) {
    const Array alone = features.run(all.slice(0, {n, n + 1}), 1);
    EXPECT_EQ(std::memcmp(alone.data(), together[n].data(), 24 * 144 * 4), 0) << n;
  }
}

TEST(OutputLayer, OnlyWhatItNeedsIsLeft) {
  const Model features = network().with_output("layer1.0.conv1");
  const std::vector<LayerInfo> layers = features.layers();
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].name, "conv1");
  EXPECT_EQ(layers[1].name, "layer1.0.conv1");
  // The block of a shortcut reads around the convolutions beside it.
  const std::vector<LayerInfo> shortcut = network().with_output("layer2.0.shortcut").layers();
  ASSERT_EQ(shortcut.size(), 4u);
  EXPECT_EQ(shortcut[2].name, "layer1.0.conv2");
  EXPECT_EQ(shortcut[3].op, "subsample_pad");
  EXPECT_THROW(features.with_output("layer1.0.conv2"), Error) << "a layer that is not there any more";
}

TEST(OutputLayer, ABlocksNameIsItsLastLayers) {
  const Model model = network();
  for (const auto& [block, layer] : std::initializer_list<std::pair<const char*, const char*>>{
           {"layer1", "layer1.0.conv2"}, {"layer1.0", "layer1.0.conv2"}, {"layer3", "layer3.0.conv2"}}) {
    const Model features = model.with_output(block);
    EXPECT_EQ(features.layers().back().name, layer) << block;
    EXPECT_EQ(features.output(), model.with_output(layer).output());
  }
  EXPECT_LE(
      relative_difference(model.with_output("layer3").run(pictures(2)), golden("layer3.0.conv2").reshape({2, 864})),
      1e-5);
  // In ResNets a shortcut that is a convolution takes the sum and the activation of its block.
  const Model resnet = Model::from_state_dict(FormulaWeights::resnet({2, 2, 2, 2}, false, 3, 10), "r");
  EXPECT_EQ(resnet.with_output("layer4").layers().back().name, "layer4.1.conv2");
  EXPECT_EQ(resnet.with_output("layer2.0").layers().back().name, "layer2.0.downsample.0");
  EXPECT_EQ(resnet.with_output("layer4").output(), (Shape{512, 7, 7}));
  EXPECT_EQ(resnet.with_output().output(), (Shape{512}));
}

TEST(OutputLayer, EveryLayerThatIsListedCanBeNamed) {
  const Model model = network();
  for (const LayerInfo& layer : model.layers()) {
    const Model features = model.with_output(layer.name);
    EXPECT_EQ(features.output(), layer.output) << layer.name;
    std::int64_t values = 1;
    for (const std::int64_t extent : layer.output) values *= extent;
    EXPECT_EQ(features.run(pictures(1)).shape(), (Shape{1, values})) << layer.name;
  }
  EXPECT_EQ(model.output(), (Shape{5}));
}

TEST(OutputLayer, HasNoClassesAndKeepsTheRest) {
  Model model = network().with_labels({"a", "b", "c", "d", "e"});
  const Model features = model.with_output();
  EXPECT_EQ(features.classes(), 0);
  EXPECT_TRUE(features.labels().empty());
  EXPECT_EQ(features.name(), "wide");
  EXPECT_EQ(features.parameters(), model.parameters());
  EXPECT_EQ(model.classes(), 5) << "the model it came from stays as it was";
  Preprocess larger = features.preprocess();
  larger.resize = larger.crop = 20;
  EXPECT_EQ(network().with_output("layer3.0.conv2").with_preprocess(larger).output(), (Shape{96, 5, 5}));
}

TEST(OutputLayer, RefusesOtherNamesAndSaysWhichAreNear) {
  const Model model = network();
  const auto refused = [&](const std::string& layer, const std::string& said) {
    expect_error(Errc::invalid_argument, said, [&] { (void)model.with_output(layer); });
  };
  refused("layer3.0.conv3", "; did you mean 'layer3.0.conv1'?");
  refused("layr3", "; did you mean 'layer3'?");
  refused("layer4", "; did you mean 'layer1'?");
  refused("Linear", "; did you mean 'linear'?");
  refused("layer1.0.activation", "; near it: layer1.0.conv1, layer1.0.conv2, layer1.0; 'fovea model show' lists them");
  refused("layer1.", "did you mean 'layer1'?");
  refused(std::string(100'000, 'x'), "; near it: conv1, layer1, ");
  refused("a\nb\x1b[2J", "expected a layer's name, got 'a\\x0ab\\x1b[2J'");
  expect_error(Errc::invalid_argument, "the last layer, conv1, is no linear one",
               [&] { (void)model.with_output("conv1").with_output(); });
}

}  // namespace
}  // namespace fovea::test
