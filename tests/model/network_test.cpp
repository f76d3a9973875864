#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "fovea/model.h"
#include "fovea/npy.h"
#include "support/formula_weights.h"

namespace fovea {
namespace {

using test::FormulaWeights;

Array formula_input(Shape shape) {
  Array input = Array::empty(std::move(shape), DType::f32);
  const std::vector<float> values = test::uniform("input", static_cast<std::size_t>(input.size()));
  std::copy(values.begin(), values.end(), input.span<float>().begin());
  return input;
}

struct Golden {
  const char* file;
  const char* architecture;
  StateDict (*weights)();
  std::int64_t pictures, channels, side;
};
const Golden goldens[] = {
    {"resnet18", "resnet18",
     [] {
       return FormulaWeights::resnet({2, 2, 2, 2}, false, 3, 1000);
     },
     2, 3, 224},
    {"resnet50", "resnet50",
     [] {
       return FormulaWeights::resnet({3, 4, 6, 3}, true, 3, 11);
     },
     1, 3, 96},
    {"resnet18_grey", "resnet18",
     [] {
       return FormulaWeights::resnet({2, 2, 2, 2}, false, 1, 7);
     },
     3, 1, 65},
    {"cifar_resnet20", "cifar-resnet20",
     [] {
       return FormulaWeights::cifar(3, {16, 32, 64}, 10);
     },
     4, 3, 32},
    {"cifar_resnet8_wide", "cifar-resnet8",
     [] {
       return FormulaWeights::cifar(1, {24, 48, 96}, 5);
     },
     4, 3, 32},
    {"mobilenet_v2", "mobilenet_v2", [] { return FormulaWeights::mobilenet_v2(11); }, 2, 3, 96},
};

Model load(const Golden& golden) {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = static_cast<int>(golden.side);
  preprocess.channels = static_cast<int>(golden.channels);
  preprocess.mean.assign(static_cast<std::size_t>(golden.channels), 0.5f);
  preprocess.std = preprocess.mean;
  return Model::from_state_dict(golden.weights(), golden.file).with_preprocess(preprocess);
}

// The worst error relative to the largest logit.
double relative_error(const Array& got, const Array& wanted) {
  EXPECT_EQ(got.shape(), wanted.shape());
  double worst = 0, largest = 0;
  const auto a = got.span<float>(), b = wanted.span<float>();
  for (std::size_t k = 0; k < b.size(); ++k) {
    worst = std::max(worst, std::abs(static_cast<double>(a[k]) - b[k]));
    largest = std::max(largest, std::abs(static_cast<double>(b[k])));
  }
  return worst / largest;
}

class Networks : public testing::TestWithParam<Golden> {};

TEST_P(Networks, LogitsAreTorchsInF64) {
  const Golden& golden = GetParam();
  const Model model = load(golden);
  EXPECT_EQ(model.architecture(), golden.architecture);
  const Array wanted = load_npy(std::string(FOVEA_TEST_DATA_DIR "/model/") + golden.file + ".npy").value();
  const Array input = formula_input({golden.pictures, golden.channels, golden.side, golden.side});
  EXPECT_LE(relative_error(model.run(input), wanted), 1e-5);
}

TEST_P(Networks, BitsDoNotDependOnBatchOrThreads) {
  const Golden& golden = GetParam();
  const Model model = load(golden);
  const Array few = formula_input({golden.pictures, golden.channels, golden.side, golden.side});
  const std::int64_t count = golden.side > 100 ? 9 : 21;
  Array many = Array::empty({count, golden.channels, golden.side, golden.side}, DType::f32);
  for (std::int64_t n = 0; n < count; ++n) {
    const auto from = few[n % golden.pictures].span<float>();
    std::copy(from.begin(), from.end(), many[n].span<float>().begin());
  }
  const Array together = model.run(many, 2), alone = model.run(many, 1);
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t picture = n % golden.pictures;
    const Array single = model.run(few.slice(0, {picture, picture + 1}), 1 + static_cast<int>(n % 2));
    const auto one = single.span<float>();
    for (std::size_t k = 0; k < one.size(); ++k) {
      ASSERT_EQ(one[k], together[n].span<float>()[k]) << "picture " << n << " class " << k;
      ASSERT_EQ(one[k], alone[n].span<float>()[k]) << "picture " << n << " class " << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Networks, testing::ValuesIn(goldens),
                         [](const auto& tested) { return std::string(tested.param.file); });

// The plain bodies make the same network: the oracle of the tuned ones.
TEST(Network, PortableVariantAgrees) {
  setenv("FOVEA_VARIANT", "portable", 1);
  const Model model = load(goldens[4]);
  const Array wanted = load_npy(FOVEA_TEST_DATA_DIR "/model/cifar_resnet8_wide.npy").value();
  const Array got = model.run(formula_input({4, 3, 32, 32}));
  unsetenv("FOVEA_VARIANT");
  EXPECT_LE(relative_error(got, wanted), 1e-6);
}

TEST(Network, LayersAreFusedAndCounted) {
  const Model model = Model::from_state_dict(FormulaWeights::resnet({2, 2, 2, 2}, false, 3, 1000), "r");
  std::int64_t multiply_adds = 0;
  for (const LayerInfo& layer : model.layers()) {
    EXPECT_TRUE(layer.op == "conv2d" || layer.op == "max_pool2d" || layer.op == "global_avg_pool" ||
                layer.op == "linear")
        << layer.op;
    multiply_adds += layer.multiply_adds;
  }
  EXPECT_EQ(model.layers().size(), 23u);
  EXPECT_EQ(multiply_adds, 1814073344);     // 1.81 GMACs: He et al., table 1, says 1.8e9
  EXPECT_EQ(model.parameters(), 11689512);  // as torchvision documents
}

TEST(Network, MobileNetIsFusedAndCounted) {
  const Model model = Model::from_state_dict(FormulaWeights::mobilenet_v2(1000), "m");
  std::int64_t multiply_adds = 0;
  for (const LayerInfo& layer : model.layers()) {
    EXPECT_TRUE(layer.op == "conv2d" || layer.op == "global_avg_pool" || layer.op == "linear") << layer.op;
    multiply_adds += layer.multiply_adds;
  }
  EXPECT_EQ(model.layers().size(), 54u);
  EXPECT_EQ(multiply_adds, 300774272);     // 0.30 GMACs, as table 4 of the paper says
  EXPECT_EQ(model.parameters(), 3504872);  // as torchvision documents
}

void refused(StateDict dict, const std::string& said) {
  try {
    Model::from_state_dict(std::move(dict), "bad");
    ADD_FAILURE() << "accepted: " << said;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::model_format) << error.what();
    EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
  }
}

TEST(Network, RefusesAMobileNetThatDoesNotFit) {
  const StateDict good = FormulaWeights::mobilenet_v2(5);
  StateDict missing = good;
  missing.tensors.erase("features.9.conv.2.weight");
  refused(missing, "features.9.conv.2.weight");
  StateDict no_filters = good;
  no_filters.tensors["features.5.conv.1.0.weight"] = Array::zeros({192, 2, 3, 3}, DType::f32);
  refused(no_filters, "features.5.conv.1.0");
  StateDict narrow = good;
  narrow.tensors["features.18.0.weight"] = Array::zeros({1280, 319, 1, 1}, DType::f32);
  refused(narrow, "features.18.0");
}

TEST(Network, RefusesWhatDoesNotFit) {
  const StateDict good = FormulaWeights::cifar(1, {16, 32, 64}, 10);
  StateDict missing = good;
  missing.tensors.erase("layer2.0.bn1.running_var");
  refused(missing, "layer2.0.bn1.running_var");
  StateDict wrong_channels = good;
  wrong_channels.tensors["layer2.0.conv1.weight"] = Array::zeros({32, 8, 3, 3}, DType::f32);
  refused(wrong_channels, "layer2.0.conv1");
  StateDict short_norm = good;
  short_norm.tensors["bn1.weight"] = Array::zeros({4}, DType::f32);
  refused(short_norm, "bn1");
  StateDict flat = good;
  flat.tensors["layer1.0.conv1.weight"] = Array::zeros({16, 16}, DType::f32);
  refused(flat, "layer1.0.conv1.weight");
  refused({}, "0 tensors");
  StateDict stranger;
  stranger.tensors["encoder.weight"] = Array::zeros({4, 4}, DType::f32);
  refused(stranger, "encoder.weight");
  for (const char* preprocess : {R"({"std":[0,1,1]})", R"({"crop":0})", R"({"resize":1000000000})", R"({"mean":[1]})",
                                 "[]", "{", R"({"unknown":1})"}) {
    StateDict absurd = good;
    absurd.metadata["fovea.preprocess"] = preprocess;
    refused(absurd, "");
  }
  StateDict labels = good;
  labels.metadata["fovea.labels"] = R"(["one","two"])";
  refused(labels, "expected 10 labels, got 2");
}

TEST(Network, LoadNamesWhatItCannotFind) {
  try {
    Model::load("/nonexistent/weights.pth");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::not_found);
    EXPECT_NE(std::string(error.what()).find("/nonexistent/weights.pth"), std::string::npos);
  }
}

TEST(Network, RunRefusesOtherShapes) {
  const Model model = load(goldens[4]);
  for (const Shape& shape : {Shape{1, 3, 31, 32}, Shape{1, 1, 32, 32}, Shape{3, 32, 32}})
    EXPECT_THROW(model.run(Array::zeros(shape, DType::f32)), Error) << to_string(shape);
  EXPECT_THROW(model.run(Array::zeros({1, 3, 32, 32}, DType::f64)), Error);
  EXPECT_EQ(model.run(Array::zeros({0, 3, 32, 32}, DType::f32)).shape(), (Shape{0, 5}));
}

TEST(Network, EmbeddedDefaultIsWhatItSaysItIs) {
  const Model mini = Model::load("mini");
  EXPECT_EQ(mini.classes(), 10);
  EXPECT_EQ(mini.labels(), (std::vector<std::string>{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
                                                     "horse", "ship", "truck"}));
  EXPECT_EQ(mini.preprocess().crop, 32);
  EXPECT_EQ(mini.fingerprint().size(), 64u);
}

}  // namespace
}  // namespace fovea
