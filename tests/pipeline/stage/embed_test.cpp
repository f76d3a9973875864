#include "fovea/embed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "base/threads.h"
#include "fovea/classify.h"
#include "fovea/processor.h"
#include "fovea/tuning.h"
#include "pipeline/stage.h"
#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/picture.h"

namespace fovea::test {
namespace {

const std::vector<std::string> files{"rgb_420.jpg", "rgb8_n.png", "lossless.webp", "rgb.tif", "p6.ppm", "grey.jpg"};

constexpr int side = 16;

StateDict weights() {
  return FormulaWeights::cifar(1, {8, 16, 24}, 5);
}

Model network(StateDict dict = weights()) {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = side;
  return Model::from_state_dict(std::move(dict), "small").with_preprocess(preprocess);
}

// Sends pictures through a stage in batches of `batch`, as a worker of the runner does.
std::vector<Row> rows_of(const Task& task, const std::vector<pipeline::Picture>& pictures, std::size_t batch) {
  const ThreadLimit one(1);
  const auto stage = task.stage(Device::cpu());
  pipeline::Budget budget(std::int64_t{1} << 30);
  std::vector<Row> rows(pictures.size());
  Shape shape = task.slot();
  shape.insert(shape.begin(), static_cast<std::int64_t>(batch));
  const Array places = Array::empty(shape, DType::f32);
  std::vector<Row*> waiting;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    rows[i].index = static_cast<std::int64_t>(i);
    stage->load(pictures[i], rows[i], places[static_cast<std::int64_t>(waiting.size())], budget, {});
    if (!rows[i].error) waiting.push_back(&rows[i]);
    if (waiting.size() < batch && i + 1 < pictures.size()) continue;
    if (!waiting.empty()) stage->process(places, waiting);
    waiting.clear();
  }
  return rows;
}

// The files' bytes and their pictures.
struct Files {
  std::vector<std::string> texts;
  std::vector<pipeline::Picture> pictures;
  Files() {
    for (const std::string& file : files) texts.push_back(picture_file(file));
    for (const std::string& text : texts) pictures.emplace_back(bytes_of(text));
  }
};

TEST(Embed, ValuesAreTheLayersOfThePreparedPicture) {
  const Model model = network();
  ImageProcessor processor;
  processor.load_model(model);
  const Files from;
  for (const char* layer : {"", "layer1.0.conv2", "layer2.0.conv2"})
    for (const Pooling pooling : {Pooling::average, Pooling::none}) {
      const EmbedOptions options{.layer = layer, .pooling = pooling};
      const Model features = model.with_output(layer, pooling);
      const std::vector<Row> rows = rows_of(*embed_task(model, options), from.pictures, 8);
      for (std::size_t i = 0; i < files.size(); ++i) {
        ASSERT_FALSE(rows[i].error) << rows[i].error->what();
        const Array prepared = processor.preprocess(std::get<std::span<const std::byte>>(from.pictures[i])).value();
        const Array wanted = features.run(prepared.reshape({1, 3, side, side}));
        ASSERT_EQ(static_cast<std::int64_t>(rows[i].values.size()), wanted.size()) << layer;
        EXPECT_EQ(std::memcmp(rows[i].values.data(), wanted.data(), rows[i].values.size() * 4), 0) << files[i] << layer;
        EXPECT_EQ(embed_width(model, options), wanted.size());
      }
    }
  EXPECT_EQ(embed_width(model), 24);
  EXPECT_EQ(embed_width(model, {.layer = "layer1.0.conv2"}), 8);
  EXPECT_EQ(embed_width(model, {.layer = "layer1.0.conv2", .pooling = Pooling::none}), 8 * side * side);
}

TEST(Embed, BitsAreThoseOfAnyBatch) {
  const Model model = network();
  const auto task = embed_task(model);
  const Files from;
  const std::vector<Row> alone = rows_of(*task, from.pictures, 1);
  for (const std::size_t batch : {2, 3, 5, 8}) {
    const std::vector<Row> rows = rows_of(*task, from.pictures, batch);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].values, alone[i].values) << batch;
  }
}

TEST(Embed, StagesOfManyThreadsShareTheTask) {
  const auto task = embed_task(network());
  const Files from;
  const std::vector<Row> wanted = rows_of(*task, from.pictures, 3);
  std::vector<std::vector<Row>> got(4);
  {
    std::vector<std::jthread> threads;
    for (auto& rows : got) threads.emplace_back([&] { rows = rows_of(*task, from.pictures, 2); });
  }
  for (const auto& rows : got)
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].values, wanted[i].values) << i;
}

TEST(Embed, BadPicturesAreRowsOfTheirOwn) {
  const Files from;
  const std::string cut = from.texts[0].substr(0, from.texts[0].size() / 2), garbage = "neither fish nor flesh";
  const std::vector<pipeline::Picture> pictures{from.pictures[0],
                                                bytes_of(cut),
                                                bytes_of(garbage),
                                                std::span<const std::byte>{},
                                                Array::zeros({4, 4, 3}, DType::f32),
                                                Array::zeros({4, 4, 1}, DType::u8),
                                                Array::zeros({0, 4, 3}, DType::u8),
                                                decode(bytes_of(from.texts[0])).value().pixels};
  const std::optional<Errc> wanted[] = {{},
                                        Errc::truncated,
                                        Errc::unknown_format,
                                        Errc::empty,
                                        Errc::invalid_argument,
                                        Errc::invalid_argument,
                                        Errc::invalid_argument,
                                        {}};
  const std::vector<Row> rows = rows_of(*embed_task(network()), pictures, 3);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].error.has_value(), wanted[i].has_value()) << i;
    EXPECT_EQ(rows[i].error ? name(rows[i].error->code()) : "", wanted[i] ? name(*wanted[i]) : "") << i;
    EXPECT_EQ(rows[i].values.empty(), rows[i].error.has_value()) << i;
  }
  EXPECT_EQ(rows[0].values, rows[7].values);
  EXPECT_EQ(rows[0].format, "jpeg");
  EXPECT_EQ(rows[7].format, "array");
  EXPECT_EQ(rows[0].width, 23);
  EXPECT_EQ(rows[0].height, 15);
}

TEST(Embed, DamagedWeightsAreAnErrorOfTheRow) {
  StateDict dict = weights();
  dict.tensors.at("layer3.0.bn2.bias").span<float>()[0] = std::numeric_limits<float>::infinity();
  const Files from;
  for (const Row& row : rows_of(*embed_task(network(dict)), from.pictures, 4)) {
    ASSERT_TRUE(row.error);
    EXPECT_EQ(name(row.error->code()), name(Errc::internal));
    EXPECT_TRUE(row.values.empty());
  }
}

TEST(Embed, NormalizedFeaturesHaveLengthOne) {
  const Files from;
  const std::vector<Row> plain = rows_of(*embed_task(network()), from.pictures, 4);
  const std::vector<Row> unit = rows_of(*embed_task(network(), {.normalize = true}), from.pictures, 4);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    double squares = 0, dot = 0, before = 0;
    for (std::size_t k = 0; k < unit[i].values.size(); ++k) {
      squares += static_cast<double>(unit[i].values[k]) * unit[i].values[k];
      before += static_cast<double>(plain[i].values[k]) * plain[i].values[k];
      dot += static_cast<double>(unit[i].values[k]) * plain[i].values[k];
    }
    EXPECT_NEAR(squares, 1, 1e-6);
    EXPECT_NEAR(dot, std::sqrt(before), 1e-6 * dot) << "another direction";
    EXPECT_GT(std::abs(before - 1), 1e-3) << "this picture shows nothing";
  }
}

// All channels after the first convolution's batch norm are `value`.
Model constant(float value) {
  StateDict dict = weights();
  for (float& v : dict.tensors.at("bn1.weight").span<float>()) v = 0;
  for (float& v : dict.tensors.at("bn1.bias").span<float>()) v = value;
  return network(dict);
}

TEST(Embed, LengthsNeitherOverflowNorUnderflow) {
  const Files from;
  const EmbedOptions options{.layer = "conv1", .normalize = true};
  for (const float value : {1e-30f, 1.0f, 1e30f})
    for (const Row& row : rows_of(*embed_task(constant(value), options), from.pictures, 8))
      for (const float v : row.values) EXPECT_NEAR(v, std::sqrt(0.125), 1e-6) << value;
  for (const Row& row : rows_of(*embed_task(constant(0), options), from.pictures, 8)) {
    EXPECT_FALSE(row.error);
    EXPECT_EQ(row.values, std::vector<float>(8, 0.0f));
  }
}

TEST(Embed, SaysWhatDecidesItsRows) {
  const Model model = network();
  const auto manifest = embed_task(model)->manifest();
  std::vector<EmbedOptions> others(7);
  others[0].layer = "layer1.0.conv2";
  others[1].normalize = true;
  others[2].decode.orient = false;
  others[3].decode.background = 0;
  others[4].decode.limits.max_pixels = 7;
  others[5].scale = DecodeScale::draft;
  others[6].layer = "layer1.0.conv2";
  others[6].pooling = Pooling::none;
  for (const EmbedOptions& other : others) EXPECT_NE(embed_task(model, other)->manifest(), manifest);
  EXPECT_NE(embed_task(model, others[0])->manifest(), embed_task(model, others[6])->manifest());
  EXPECT_EQ(embed_task(model, {.batch_size = 1})->manifest(), manifest) << "a batch changes no row";
  EXPECT_NE(embed_task(model.with_preprocess({.resize = 40, .crop = side}))->manifest(), manifest);
  const auto by_two = embed_task(with_conv_tile(model, 2))->manifest();
  EXPECT_NE(by_two, manifest) << "other kernels have other last digits";
  EXPECT_NE(by_two, embed_task(with_conv_tile(model, 4))->manifest());
  EXPECT_EQ(by_two, embed_task(with_conv_tile(network(), 2))->manifest());
}

TEST(Embed, BatchesAreSmallOnTheProcessor) {
  const Model model = network();
  EXPECT_EQ(embed_task(model)->batch(Device::cpu()), 8);
  EXPECT_EQ(embed_task(model)->batch(Device::cuda()), 32);
  EXPECT_EQ(embed_task(model, {.batch_size = 3})->batch(Device::cpu()), 3);
  EXPECT_EQ(embed_task(model)->slot(), (Shape{3, side, side}));
}

TEST(Embed, CountsWhatItDid) {
  const auto task = embed_task(network());
  const auto stage = task->stage(Device::cpu());
  pipeline::Budget budget(1 << 20);
  const Files from;
  const Array places = Array::empty({2, 3, side, side}, DType::f32);
  Row rows[2];
  for (std::int64_t i = 0; i < 2; ++i)
    stage->load(from.pictures[static_cast<std::size_t>(i)], rows[i], places[i], budget, {});
  Row* both[] = {&rows[0], &rows[1]};
  stage->process(places, both);
  std::vector<StageTime> times{{"infer", 1.0, 5}};
  stage->add_times(times);
  ASSERT_EQ(times.size(), 3u);
  EXPECT_EQ(times[0].count, 7);
  EXPECT_GT(times[0].busy_seconds, 1.0);
  EXPECT_EQ(times[1].name, "decode");
  EXPECT_EQ(times[1].count, 2);
}

TEST(Embed, AModelOfFeaturesHasNoClasses) {
  const Model features = network().with_output("layer1");
  expect_error(Errc::invalid_argument, "classify: expected a network with classes, got one whose output is layer1.0",
               [&] { (void)classify_task(features); });
  EXPECT_EQ(embed_width(features, {.layer = "layer1"}), 8) << "the same layer can be named again";
  expect_error(Errc::invalid_argument, "is no linear one", [&] { (void)embed_task(features); });
}

TEST(Embed, RefusesOptionsThatCannotBe) {
  const Model model = network();
  const auto refused = [&](const EmbedOptions& options, const std::string& said) {
    expect_error(Errc::invalid_argument, said, [&] { (void)embed_task(model, options); });
    expect_error(Errc::invalid_argument, said, [&] { (void)embed_width(model, options); });
  };
  refused({.batch_size = 0}, "embed: expected batch_size from 1 to 4096, got 0");
  refused({.batch_size = 4097}, "got 4097");
  refused({.layer = "layer9"}, "did you mean 'layer1'?");
  EmbedOptions background;
  background.decode.background = 0x1000000;
  refused(background, "embed: expected a background from 0 to 0xffffff or -1, got 16777216");
}

}  // namespace
}  // namespace fovea::test
