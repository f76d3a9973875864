#include "fovea/processor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/picture.h"
#include "support/png_maker.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using Image = ImageProcessor::Image;
namespace fs = std::filesystem;

const std::vector<std::string> good_files{"rgb_420.jpg", "rgb8_n.png", "palette8_n.png", "lossless.webp", "plain.gif",
                                          "rgb.tif",     "p6.ppm",     "bits_24.bmp",    "cmyk.jpg",      "grey.jpg"};

fs::path codec_file(const std::string& name) {
  return test_data("codec/" + name);
}

bool same_bytes(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * size_of(a.dtype())) == 0;
}

void expect_same_row(const Row& a, const Row& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.format, b.format);
  ASSERT_EQ(a.error.has_value(), b.error.has_value());
  if (a.error) {
    EXPECT_EQ(a.error->code(), b.error->code());
    EXPECT_STREQ(a.error->what(), b.error->what());
  }
  EXPECT_EQ(a.values, b.values);
  ASSERT_EQ(a.top.size(), b.top.size());
  for (std::size_t k = 0; k < a.top.size(); ++k) {
    EXPECT_EQ(a.top[k].class_index, b.top[k].class_index);
    EXPECT_EQ(a.top[k].label, b.top[k].label);
    EXPECT_EQ(a.top[k].probability, b.top[k].probability);
  }
}

TEST(Processor, PathBytesAndPixelsArePreparedAlike) {
  const ImageProcessor processor;
  for (const std::string& file : good_files) {
    const std::string text = picture_file(file);
    const Array from_path = processor.preprocess(codec_file(file)).value();
    EXPECT_EQ(from_path.shape(), (Shape{3, 32, 32}));
    EXPECT_TRUE(same_bytes(from_path, processor.preprocess(bytes_of(text)).value())) << file;
    const Array pixels = decode(bytes_of(text)).value().pixels;
    EXPECT_TRUE(same_bytes(from_path, processor.preprocess(pixels).value())) << file;
  }
  EXPECT_FALSE(same_bytes(processor.preprocess(codec_file("p6.ppm")).value(),
                          processor.preprocess(codec_file("grey.jpg")).value()));
}

TEST(Processor, PixelsNeedNotBeContiguous) {
  const ImageProcessor processor;
  const Array pixels = decode(bytes_of(picture_file("rgb_420.jpg"))).value().pixels;
  const Array mirrored = pixels.slice(1, {Slice::none, Slice::none, -1});
  EXPECT_TRUE(same_bytes(processor.preprocess(mirrored).value(), processor.preprocess(mirrored.copy()).value()));
}

TEST(Processor, PreprocessReturnsWhatIsWrong) {
  const ImageProcessor processor;
  const std::string garbage = "neither fish nor flesh";
  const std::string bomb = png_header({.width = 2147483647, .height = 2147483647}) + png_chunk("IDAT", "");
  const struct {
    Image image;
    Errc code;
  } cases[] = {{fs::path("/nonexistent/a.png"), Errc::not_found},
               {fs::path(FOVEA_TEST_DATA_DIR), Errc::not_a_file},
               {bytes_of(garbage), Errc::unknown_format},
               {std::span<const std::byte>{}, Errc::empty},
               {bytes_of(bomb), Errc::limit_pixels},
               {Array::zeros({4, 4}, DType::u8), Errc::invalid_argument},
               {Array::zeros({4, 4, 1}, DType::u8), Errc::invalid_argument},
               {Array::zeros({4, 4, 4}, DType::u8), Errc::invalid_argument},
               {Array::zeros({0, 4, 3}, DType::u8), Errc::invalid_argument},
               {Array::zeros({4, 4, 3}, DType::f32), Errc::invalid_argument},
               {Array(), Errc::invalid_argument}};
  for (const auto& tested : cases) {
    const Result<Array> result = processor.preprocess(tested.image);
    ASSERT_FALSE(result) << name(tested.code);
    EXPECT_EQ(name(result.error().code()), name(tested.code)) << result.error().what();
  }
}

TEST(Processor, PreparesIntoMemoryOfTheCallersWhateverCameBefore) {
  ImageProcessor processor;
  const Array to = Array::full({3, 32, 32}, 7, DType::f32);
  for (const std::string& file : good_files) {
    EXPECT_EQ(processor.preprocess(codec_file(file), to), std::nullopt) << file;
    EXPECT_TRUE(same_bytes(to, ImageProcessor().preprocess(codec_file(file)).value())) << file;
    const std::optional<Error> error = processor.preprocess(fs::path("/nonexistent/a.png"), to);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::not_found);
  }
  processor.load_model(processor.model().with_preprocess({70, 65, 3, "bicubic", {0, 0, 0}, {1, 1, 1}}));
  const Array other = Array::empty({3, 65, 65}, DType::f32);
  EXPECT_EQ(processor.preprocess(codec_file("p6.ppm"), other), std::nullopt);
  EXPECT_TRUE(same_bytes(other, processor.preprocess(codec_file("p6.ppm")).value()));
}

TEST(Processor, ThreadsPrepareAtTheSameTime) {
  const ImageProcessor processor;
  std::vector<Array> expected;
  for (const std::string& file : good_files) expected.push_back(processor.preprocess(codec_file(file)).value());
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const Array to = Array::empty({3, 32, 32}, DType::f32);
      for (std::size_t i = 0; i < 3 * good_files.size(); ++i) {
        const std::size_t which = (i + t) % good_files.size();
        EXPECT_EQ(processor.preprocess(codec_file(good_files[which]), to), std::nullopt);
        EXPECT_TRUE(same_bytes(to, expected[which])) << good_files[which];
      }
    });
}

TEST(Processor, RefusesMemoryOfAnotherKind) {
  const ImageProcessor processor;
  const Array whole = Array::zeros({3, 32, 64}, DType::f32), kept = Array::zeros({3, 32, 32}, DType::f32);
  for (const Array& to : {Array(), Array::zeros({3, 32, 33}, DType::f32), Array::zeros({1, 3, 32, 32}, DType::f32),
                          Array::zeros({3, 32, 32}, DType::f64), whole.slice(2, {0, 32}), kept.read_only()})
    expect_error(Errc::invalid_argument, "", [&] { processor.preprocess(codec_file("p6.ppm"), to); });
  EXPECT_TRUE(same_bytes(kept, Array::zeros({3, 32, 32}, DType::f32)));
}

TEST(Processor, ABatchKeepsOrderAndErrors) {
  ImageProcessor::Options options;
  options.logits = true;
  const ImageProcessor processor(options);
  const std::string jpeg = picture_file("rgb_420.jpg"), garbage = "neither fish nor flesh";
  const Array pixels = decode(bytes_of(jpeg)).value().pixels;
  const std::vector<Image> images{codec_file("p6.ppm"),
                                  bytes_of(garbage),
                                  bytes_of(jpeg),
                                  fs::path("missing.png"),
                                  pixels,
                                  codec_file("float.tif"),
                                  Array::zeros({9}, DType::u8),
                                  codec_file("rgb_420.jpg")};
  const std::vector<Row> rows = processor.process_batch(images);
  ASSERT_EQ(rows.size(), images.size());
  const std::optional<Errc> wanted[] = {
      {}, Errc::unknown_format, {}, Errc::not_found, {}, Errc::unsupported, Errc::invalid_argument, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].index, static_cast<std::int64_t>(i));
    ASSERT_EQ(rows[i].error.has_value(), wanted[i].has_value()) << i;
    const auto* path = std::get_if<fs::path>(&images[i]);
    EXPECT_EQ(rows[i].path, path ? path->native() : "");
    if (rows[i].error) {
      EXPECT_EQ(name(rows[i].error->code()), name(*wanted[i])) << rows[i].error->what();
      EXPECT_TRUE(rows[i].top.empty());
    } else {
      ASSERT_EQ(rows[i].top.size(), 5u);
      const Array prepared = processor.preprocess(images[i]).value();
      const Array logits = processor.infer(prepared.reshape({1, 3, 32, 32}));
      EXPECT_TRUE(std::equal(rows[i].values.begin(), rows[i].values.end(), logits.span<float>().begin(),
                             logits.span<float>().end()))
          << i;
      EXPECT_EQ(rows[i].top[0].class_index, processor.postprocess(logits[0])[0].class_index);
    }
  }
  EXPECT_EQ(rows[2].values, rows[4].values);
  EXPECT_EQ(rows[2].values, rows[7].values);
  EXPECT_NE(rows[0].values, rows[2].values);
  EXPECT_EQ(rows[4].format, "array");
  EXPECT_EQ(rows[4].width, pixels.shape()[1]);
  EXPECT_EQ(rows[4].height, pixels.shape()[0]);
  EXPECT_EQ(rows[7].format, "jpeg");
  EXPECT_TRUE(processor.process_batch({}).empty());
}

TEST(Processor, PostprocessOrdersTiesByClass) {
  ImageProcessor::Options options;
  options.topk = 4;
  const ImageProcessor processor(options);
  const std::vector<float> logits{0, 2, 1, 2, 0, 0, 2, 1, 0, 0};
  const auto top = processor.postprocess(Array::of<float>(logits, {10}));
  ASSERT_EQ(top.size(), 4u);
  const int wanted[] = {1, 3, 6, 2};
  const double sum = 3 * std::exp(2.0) + 2 * std::exp(1.0) + 5;
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(top[k].class_index, wanted[k]);
    EXPECT_EQ(top[k].label, processor.model().labels()[static_cast<std::size_t>(wanted[k])]);
    EXPECT_NEAR(top[k].probability, std::exp(k < 3 ? 2.0 : 1.0) / sum, 1e-6);
  }
  const std::vector<float> level(10, -3.5f);
  const auto equal = processor.postprocess(Array::of<float>(level, {10}));
  for (int k = 0; k < 4; ++k) EXPECT_EQ(equal[static_cast<std::size_t>(k)].class_index, k);
}

TEST(Processor, PostprocessGivesNoMoreThanTheClasses) {
  ImageProcessor::Options options;
  options.topk = 1000;
  EXPECT_EQ(ImageProcessor(options).postprocess(Array::zeros({10}, DType::f32)).size(), 10u);
}

TEST(Processor, PostprocessRefusesOtherArrays) {
  const ImageProcessor processor;
  for (const Array& array :
       {Array::zeros({9}, DType::f32), Array::zeros({11}, DType::f32), Array::zeros({1, 10}, DType::f32),
        Array::zeros({10}, DType::f64), Array(), Array::zeros({20}, DType::f32).slice(0, {0, 20, 2})})
    expect_error(Errc::invalid_argument, "expected f32 [10]", [&] { processor.postprocess(array); });
}

TEST(Processor, ParallelRowsAreTheBatchsRows) {
  std::vector<std::string> paths;
  for (int turn = 0; turn < 4; ++turn)
    for (const std::string& file : good_files) {
      paths.push_back(codec_file(file));
      if (turn % 2) paths.push_back(codec_file(file == "grey.jpg" ? "float.tif" : "missing"));
    }
  std::vector<Row> wanted;
  for (const int batch : {1, 3, 32})
    for (const int workers : {1, 2}) {
      SCOPED_TRACE(std::to_string(batch) + " a batch, workers " + std::to_string(workers));
      ImageProcessor::Options options;
      options.batch_size = batch;
      options.workers = workers;
      options.logits = true;
      const ImageProcessor processor(options);
      if (wanted.empty()) wanted = processor.process_batch(std::vector<Image>(paths.begin(), paths.end()));
      std::vector<Row> rows;
      std::vector<Progress> progress;
      const Report report = processor.parallel_process(
          paths, [&](Row&& row) { rows.push_back(std::move(row)); }, {},
          [&](const Progress& p) { progress.push_back(p); });
      ASSERT_EQ(rows.size(), paths.size());
      ASSERT_EQ(wanted.size(), paths.size());
      for (std::size_t i = 0; i < rows.size(); ++i) expect_same_row(rows[i], wanted[i]);
      EXPECT_EQ(report.inputs, 60);
      EXPECT_EQ(report.failed, 20);
      EXPECT_EQ(report.ok, 40);
      EXPECT_FALSE(report.interrupted || report.over_budget);
      ASSERT_EQ(progress.size(), 60u);
      EXPECT_EQ(progress.back().done, 60);
      EXPECT_EQ(progress.back().failed, 20);
      EXPECT_EQ(progress.back().total, 60);
    }
}

TEST(Processor, RefusesOptionsThatMakeNoSense) {
  const struct {
    void (*set)(ImageProcessor::Options&);
    const char* part;
    Errc code = Errc::invalid_argument;
  } cases[] = {{[](auto& o) { o.batch_size = 0; }, "batch_size"},
               {[](auto& o) { o.batch_size = 4097; }, "got 4097"},
               {[](auto& o) { o.workers = -1; }, "workers"},
               {[](auto& o) { o.workers = 4097; }, "workers"},
               {[](auto& o) { o.topk = 0; }, "topk"},
               {[](auto& o) { o.max_failures = -1; }, "max_failures"},
               {[](auto& o) { o.max_failed_fraction = 1.01; }, "max_failed_fraction"},
               {[](auto& o) { o.max_failed_fraction = -0.1; }, "max_failed_fraction"},
               {[](auto& o) { o.max_failed_fraction = std::nan(""); }, "max_failed_fraction"},
               {[](auto& o) { o.device = "gpu"; }, "gpu"},
               {[](auto& o) { o.device = "cuda:x"; }, "cuda:x"},
               {[](auto& o) { o.model = "/nonexistent/m.pth"; }, "/nonexistent/m.pth", Errc::not_found}};
  for (const auto& tested : cases) {
    ImageProcessor::Options options;
    tested.set(options);
    expect_error(tested.code, tested.part, [&] { ImageProcessor{options}; });
  }
  ImageProcessor::Options grey;
  grey.preprocess = Preprocess{32, 32, 1, "bilinear", {0.5f}, {0.5f}};
  EXPECT_THROW(ImageProcessor{grey}, Error) << "the embedded network takes 3 channels";
}

TEST(Processor, CudaThatIsNotThereIsAnError) {
  ImageProcessor::Options options;
  options.device = "cuda";
  if (unavailable_reason(Device::cuda()).empty()) GTEST_SKIP() << "there is a CUDA device";
  expect_error(Errc::device, "cuda", [&] { ImageProcessor{options}; });
  options.device = "auto";
  EXPECT_EQ(ImageProcessor(options).device().device, Device::cpu());
}

TEST(Processor, AStopHandsOverWhatIsInFlight) {
  const ImageProcessor processor;
  const std::vector<std::string> paths(500, codec_file("p6.ppm"));
  std::stop_source stop;
  std::int64_t rows = 0;
  const Report report = processor.parallel_process(
      paths,
      [&](Row&& row) {
        EXPECT_EQ(row.index, rows++);
        if (rows == 20) stop.request_stop();
      },
      stop.get_token());
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.inputs, rows);
  EXPECT_GE(rows, 20);
  EXPECT_LT(rows, 500);
}

TEST(Processor, TooManyFailuresEndTheRun) {
  std::vector<std::string> paths(400, codec_file("p6.ppm"));
  for (std::size_t i = 0; i < paths.size(); i += 2) paths[i] = "missing";
  const auto run = [&](std::optional<std::int64_t> most, std::optional<double> share) {
    ImageProcessor::Options options;
    options.max_failures = most;
    options.max_failed_fraction = share;
    return ImageProcessor(options).parallel_process(paths, [](Row&&) {});
  };
  EXPECT_TRUE(run(10, {}).over_budget);
  EXPECT_LT(run(10, {}).inputs, 400);
  EXPECT_TRUE(run({}, 0.1).over_budget);
  EXPECT_TRUE(run(300, 0.1).over_budget) << "the smaller of the two counts";
  EXPECT_TRUE(run(199, {}).over_budget);
  for (const Report& whole : {run(200, {}), run({}, 0.5), run({}, {})}) {
    EXPECT_FALSE(whole.over_budget);
    EXPECT_EQ(whole.inputs, 400);
  }
}

TEST(Processor, TheSinksErrorComesOut) {
  const ImageProcessor processor;
  const std::vector<std::string> paths(100, codec_file("p6.ppm"));
  int rows = 0;
  const auto sink = [&](Row&&) {
    if (++rows == 7) throw std::runtime_error("full");
  };
  EXPECT_THROW(processor.parallel_process(paths, sink), std::runtime_error);
  EXPECT_EQ(rows, 7);
}

TEST(Processor, TakesAnotherModel) {
  ImageProcessor processor;
  const Image picture = codec_file("rgb_420.jpg");
  const Array before = processor.preprocess(picture).value();
  const Model grey = Model::from_state_dict(FormulaWeights::resnet({1, 1, 1, 1}, false, 1, 7), "grey")
                         .with_preprocess({70, 65, 1, "bicubic", {0.5f}, {0.25f}})
                         .with_labels({"a", "b", "c", "d", "e", "f", "g"});
  processor.load_model(grey);
  EXPECT_EQ(processor.model().name(), "grey");
  const Array prepared = processor.preprocess(picture).value();
  EXPECT_EQ(prepared.shape(), (Shape{1, 65, 65}));
  const Array logits = processor.infer(prepared.reshape({1, 1, 65, 65}));
  EXPECT_EQ(logits.shape(), (Shape{1, 7}));
  const std::vector<Row> rows = processor.process_batch({&picture, 1});
  ASSERT_EQ(rows[0].top.size(), 5u);
  EXPECT_EQ(rows[0].top[0].label, std::string(1, static_cast<char>('a' + rows[0].top[0].class_index)));
  // Grey pixels are the luma that decode() gives.
  DecodeOptions one;
  one.channels = 1;
  const Array luma = decode(bytes_of(picture_file("rgb_420.jpg")), one).value().pixels;
  EXPECT_TRUE(same_bytes(processor.preprocess(luma).value(), prepared));
  expect_error(Errc::invalid_argument, "[-1, 1, 65, 65]", [&] { processor.infer(before.reshape({1, 3, 32, 32})); });

  processor.load_model("mini");
  EXPECT_TRUE(same_bytes(processor.preprocess(picture).value(), before));
  EXPECT_THROW(processor.load_model("/nonexistent/m.pth"), Error);
  EXPECT_EQ(processor.model().classes(), 10) << "a model that cannot be loaded leaves the old one";
}

TEST(Processor, OptionsPreprocessComesBeforeTheModels) {
  ImageProcessor::Options options;
  options.preprocess = Preprocess{48, 40, 3, "nearest", {0, 0, 0}, {1, 1, 1}};
  const ImageProcessor processor(options);
  const Array white = Array::of<std::uint8_t>(std::vector<std::uint8_t>(8 * 8 * 3, 255), {8, 8, 3});
  const Array prepared = processor.preprocess(white).value();
  EXPECT_EQ(prepared.shape(), (Shape{3, 40, 40}));
  for (const float value : prepared.span<float>()) ASSERT_EQ(value, 1.0f);
}

}  // namespace
}  // namespace fovea::test
