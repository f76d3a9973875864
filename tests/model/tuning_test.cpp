#include "fovea/tuning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <string_view>

#include "model/choices.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

// A cache folder of the test's own.
class Tuned : public testing::Test {
 protected:
  Tuned() { setenv("FOVEA_CACHE", folder_.path().c_str(), 1); }
  ~Tuned() override {
    unsetenv("FOVEA_CACHE");
    unsetenv("FOVEA_TUNING");
    unsetenv("FOVEA_VARIANT");
  }
  static void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  test::TemporaryDirectory folder_;
};

Array pictures(std::int64_t count) {
  Array batch = Array::empty({count, 3, 32, 32}, DType::f32);
  std::mt19937 generator(5);
  std::normal_distribution<float> values;
  for (float& v : batch.span<float>()) v = values(generator);
  return batch;
}

double distance(const Array& got, const Array& wanted) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < wanted.span<float>().size(); ++i) {
    const double a = got.span<float>()[i], b = wanted.span<float>()[i];
    error += (a - b) * (a - b);
    size += b * b;
  }
  return std::sqrt(error / size);
}

std::set<std::string> kernels(const Model& model) {
  std::set<std::string> seen;
  for (const StepTime& step : time_steps(model, 1, 1, 1).steps)
    if (step.op == "conv2d") seen.insert(step.variant + step.method);
  return seen;
}

TEST_F(Tuned, StepsComputeEveryLayerOnceInOrder) {
  const Model model = Model::load("mini");
  std::vector<std::string> computed, wanted;
  const StepTimes times = time_steps(model, 3, 1, 2);
  for (const StepTime& step : times.steps) {
    computed.insert(computed.end(), step.layers.begin(), step.layers.end());
    EXPECT_FALSE(step.variant.empty());
    EXPECT_EQ(step.output.front(), 3);
  }
  double operations = 0, multiply_adds = 0;
  for (const StepTime& step : times.steps) operations += step.operations;
  for (const LayerInfo& layer : model.layers()) {
    wanted.push_back(layer.name);
    multiply_adds += static_cast<double>(layer.multiply_adds);
  }
  EXPECT_EQ(computed, wanted);
  EXPECT_EQ(operations, 3 * 2 * multiply_adds);
  EXPECT_GT(times.operations_limit, 0);
}

TEST_F(Tuned, StepsRefuseNumbersOutOfRange) {
  const Model model = Model::load("mini");
  EXPECT_THROW(time_steps(model, 0), Error);
  EXPECT_THROW(time_steps(model, 65), Error);
  EXPECT_THROW(time_steps(model, 1, -1), Error);
  EXPECT_THROW(time_steps(model, 1, 1, 0), Error);
}

TEST_F(Tuned, ATableChoosesKernelsWhateverTheBatchAndThreads) {
  const Model plain = Model::load("mini");
  const Array batch = pictures(11);
  setenv("FOVEA_VARIANT", "portable", 1);
  const Array oracle = Model::load("mini").run(batch, 1);
  unsetenv("FOVEA_VARIANT");
  for (const char* const choice : {"winograd 2", "winograd 4", "winograd 6", "onednn 0"}) {
    std::string table = "fovea choices 1\n";
    for (const LayerInfo& layer : plain.layers())
      if (layer.op == "conv2d") table += layer.name + " " + choice + "\n";
    write(tuning_file(plain), table);
    const Model tuned = Model::load("mini");
    const Array logits = tuned.run(batch, 1);
    EXPECT_LT(distance(logits, oracle), std::string(choice) == "winograd 6" ? 8e-6 : 2e-6) << choice;
    EXPECT_EQ(std::memcmp(tuned.run(batch, 2).data(), logits.data(), static_cast<std::size_t>(logits.size()) * 4), 0);
    for (std::int64_t i : {0, 5, 10}) {
      const Array alone = tuned.run(batch.slice(0, {i, i + 1}), 2);
      EXPECT_EQ(
          std::memcmp(alone.data(), logits.data() + i * alone.size() * 4, static_cast<std::size_t>(alone.size()) * 4),
          0)
          << choice << ", picture " << i;
    }
  }
}

TEST_F(Tuned, ATableIsUsedUnlessItIsSwitchedOff) {
  const Model plain = Model::load("mini");
  if (!kernels(plain).count("winogradF(4x4)")) GTEST_SKIP() << "this processor's convolutions are direct";
  std::string table = "fovea choices 1\n";
  for (const LayerInfo& layer : plain.layers())
    if (layer.op == "conv2d") table += layer.name + " winograd 2\n";
  write(tuning_file(plain), table);
  EXPECT_FALSE(kernels(Model::load("mini")).count("winogradF(4x4)"));
  EXPECT_TRUE(kernels(Model::load("mini")).count("winogradF(2x2)"));
  EXPECT_NE(choices_digest(Model::load("mini")), "");
  setenv("FOVEA_TUNING", "off", 1);
  EXPECT_EQ(kernels(Model::load("mini")), kernels(plain));
  EXPECT_EQ(choices_digest(Model::load("mini")), "");
  unsetenv("FOVEA_TUNING");
  constexpr std::string_view winograd = "winograd 2";
  for (std::size_t at; (at = table.find(winograd)) != table.npos;) table.replace(at, winograd.size(), "onednn 0");
  write(tuning_file(plain), table);
  EXPECT_EQ(kernels(Model::load("mini")), std::set<std::string>{"onednn"});
}

TEST_F(Tuned, ADamagedTableIsAnErrorThatNamesIt) {
  const std::filesystem::path file = tuning_file(Model::load("mini"));
  for (const char* const text :
       {"", "fovea choices 2\n", "fovea choices 1\nlayer1\n", "fovea choices 1\na winograd 9\n",
        "fovea choices 1\na winograd -1\n", "fovea choices 1\na winograd 3\n", "fovea choices 1\na winograd 4 4\n"}) {
    write(file, text);
    try {
      Model::load("mini");
      ADD_FAILURE() << "taken: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::corrupt) << text;
      EXPECT_NE(std::string(error.what()).find(file.filename().string()), std::string::npos) << error.what();
    }
  }
}

TEST_F(Tuned, TuningWritesWhatItSaysAndLoadingUsesIt) {
  const Model model = Model::load("mini");
  const Tuning tuning = tune(model);
  EXPECT_EQ(tuning.file, tuning_file(model));
  const model::Choices kept = model::read_choices(tuning.file);
  for (const TunedLayer& layer : tuning.layers) {
    EXPECT_EQ(kept.count(layer.layer), layer.changed()) << layer.layer;
    if (layer.changed()) {
      EXPECT_EQ(kept.at(layer.layer).variant, layer.variant);
    }
  }
  EXPECT_NO_THROW(Model::load("mini").run(pictures(1), 1));
}

TEST_F(Tuned, ModelsFromMemoryAndWithoutACacheAreNotTuned) {
  const Model mini = Model::load("mini");
  EXPECT_TRUE(model::choices_file("").empty());
  unsetenv("FOVEA_CACHE");
  const char* const home = std::getenv("HOME");
  const std::string before = home ? home : "";
  const char* const xdg = std::getenv("XDG_CACHE_HOME");
  const std::string xdg_before = xdg ? xdg : "";
  unsetenv("HOME");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_THROW(tune(mini), Error);
  if (home) setenv("HOME", before.c_str(), 1);
  if (xdg) setenv("XDG_CACHE_HOME", xdg_before.c_str(), 1);
}

TEST_F(Tuned, LargerTilesOnlyWhenAskedForAndWhereTheyFit) {
  const Model model = Model::load("mini");
  if (!kernels(model).count("winogradF(4x4)")) GTEST_SKIP() << "this processor's convolutions are direct";
  EXPECT_FALSE(kernels(model).count("winogradF(6x6)"));
  EXPECT_TRUE(kernels(with_conv_tile(model, 6)).count("winogradF(6x6)"));
  EXPECT_EQ(kernels(with_conv_tile(model, 2)).count("winogradF(4x4)"), 0u);
  EXPECT_THROW(with_conv_tile(model, 3), Error);
  EXPECT_THROW(with_conv_tile(model, 8), Error);
}

}  // namespace
}  // namespace fovea
