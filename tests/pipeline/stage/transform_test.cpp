#include "fovea/transform.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "fovea/npy.h"
#include "pipeline/stage.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

std::string transform_file(const std::string& name) {
  return read_text(test_data("transform/" + name));
}

TransformOptions chain(const std::string& text) {
  TransformOptions options;
  options.ops = text;
  return options;
}

Row row_of(const TransformOptions& options, const pipeline::Picture& picture, const std::string& path,
           std::int64_t memory = plenty) {
  const std::unique_ptr<Task> task = transform_task(options);
  const std::unique_ptr<pipeline::Stage> stage = task->stage(Device::cpu());
  pipeline::Budget budget(memory);
  Row row;
  row.index = 12;
  row.path = path;
  try {
    stage->load(picture, row, {}, budget, {});
  } catch (const Error& error) {
    row.error = error;
  }
  return row;
}

Row transformed(const std::string& text, const std::string& file, const std::string& path = "a/b.png") {
  return row_of(chain(text), bytes_of(file), path);
}

Array pixels_of(const Row& row, std::int64_t channels) {
  DecodeOptions options;
  options.channels = static_cast<int>(channels);
  return decode(row.bytes, options).value().pixels;
}

std::int64_t number(const Row& row, std::size_t field) {
  return std::get<std::int64_t>(row.fields.at(field).value);
}

std::int64_t differing(const Array& a, const Array& b) {
  const std::vector<std::uint8_t> x = samples_of(a), y = samples_of(b);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) count += x[i] != y[i];
  return count;
}

TEST(Transform, ChainsMakeWhatPillowAndSciPyMake) {
  const std::string file = transform_file("in.png");
  std::istringstream lines(transform_file("chains.txt"));
  int count = 0;
  for (std::string name, text; lines >> name >> text; ++count) {
    const Array wanted = load_npy(test_data("transform/" + name + ".npy")).value();
    const Row row = transformed(text, file);
    ASSERT_FALSE(row.error) << text << ": " << row.error->what();
    const Array got = pixels_of(row, wanted.shape()[2]);
    // These two are sums in f32 here and in f64 there: a value near a half may round the other way.
    const bool floats = name == "gaussian" || name == "sobel";
    EXPECT_LE(difference(got, wanted), floats ? 1 : 0) << text << " " << to_string(got.shape());
    EXPECT_LE(differing(got, wanted), floats ? got.size() / 200 : 0) << text;
    EXPECT_EQ(number(row, 0), wanted.shape()[1]) << text;
    EXPECT_EQ(number(row, 1), wanted.shape()[0]) << text;
  }
  EXPECT_EQ(count, 11);
}

TEST(Transform, RowsSayWhatWentInAndWhatCameOut) {
  const Row row = transformed("resize=9,format=jpg,quality=50", transform_file("in.png"), "dir/a.png");
  ASSERT_FALSE(row.error);
  EXPECT_EQ(row.width, 61);
  EXPECT_EQ(row.height, 45);
  EXPECT_EQ(row.format, "png");
  EXPECT_EQ(row.file, "dir/a.png.jpg");
  const std::unique_ptr<Task> task = transform_task(chain("grey"));
  const RowColumns columns = task->columns();
  EXPECT_EQ(columns.topk, 0);
  ASSERT_EQ(row.fields.size(), columns.fields.size());
  for (std::size_t i = 0; i < row.fields.size(); ++i) EXPECT_EQ(row.fields[i].name, columns.fields[i]);
  EXPECT_EQ(number(row, 0), 12);
  EXPECT_EQ(number(row, 1), 9);
  EXPECT_EQ(number(row, 2), static_cast<std::int64_t>(row.bytes.size()));
  EXPECT_EQ(std::get<std::string>(row.fields[3].value), row.file);
  EXPECT_EQ(probe(row.bytes).value().format, "jpeg");
}

TEST(Transform, AChainOfNoOpsConverts) {
  const std::string file = transform_file("in.png");
  const Row row = transformed("format=bmp", file);
  EXPECT_EQ(difference(pixels_of(row, 3), decode(bytes_of(file)).value().pixels), 0);
  EXPECT_EQ(probe(row.bytes).value().format, "bmp");
}

TEST(Transform, PixelsThatWereGivenAreTransformedToo) {
  const Array pixels = decode(bytes_of(transform_file("in.png"))).value().pixels;
  const Row row = row_of(chain("crop:height=20:width=31"), pixels, "");
  ASSERT_FALSE(row.error) << row.error->what();
  EXPECT_EQ(row.file, "12.png");
  EXPECT_EQ(difference(pixels_of(row, 3), load_npy(test_data("transform/odd_crop.npy")).value()), 0);
  EXPECT_EQ(row_of(chain("grey"), Array::zeros({4, 4, 1}, DType::u8), "").error->code(), Errc::invalid_argument);
  EXPECT_EQ(row_of(chain("grey"), Array::zeros({4, 4, 3}, DType::f32), "").error->code(), Errc::invalid_argument);
}

TEST(Transform, OrientationIsAppliedAndAlphaKeptWhenAskedFor) {
  const Row turned = transformed("crop=8", picture_file("orientation_6.jpg"));
  ASSERT_FALSE(turned.error) << turned.error->what();
  EXPECT_EQ(turned.width, 16);
  EXPECT_EQ(turned.height, 24);
  TransformOptions options = chain("flip,flip,format=webp,lossless");
  options.decode.channels = 4;
  const std::string file = picture_file("lossless_alpha.webp");
  const Row row = row_of(options, bytes_of(file), "a");
  ASSERT_FALSE(row.error) << row.error->what();
  EXPECT_EQ(difference(pixels_of(row, 4), decode(bytes_of(file), options.decode).value().pixels), 0);
}

TEST(Transform, FastDecodingKeepsTheGeometryAndNearlyThePixels) {
  const std::string file = picture_file("orientation_6.jpg");  // 16 x 24 when turned
  for (const char* text : {"resize=4", "resize=3,crop=2"}) {
    TransformOptions exact = chain(text), fast = chain(text);
    fast.scale = DecodeScale::fast;
    const Row a = row_of(exact, bytes_of(file), "a"), b = row_of(fast, bytes_of(file), "a");
    ASSERT_FALSE(b.error) << b.error->what();
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.height, b.height);
    EXPECT_EQ(pixels_of(a, 3).shape(), pixels_of(b, 3).shape());
    EXPECT_NE(a.bytes, b.bytes) << text;
    EXPECT_LE(difference(pixels_of(a, 3), pixels_of(b, 3)), 40) << text;
    fast.scale = DecodeScale::draft;  // a quarter of the sides, where fast leaves a half
    const Row c = row_of(fast, bytes_of(file), "a");
    EXPECT_EQ(pixels_of(a, 3).shape(), pixels_of(c, 3).shape());
    EXPECT_NE(b.bytes, c.bytes) << text;
  }
  // Without a resize in front every pixel counts.
  TransformOptions exact = chain("crop=8,resize=4"), fast = exact;
  fast.scale = DecodeScale::fast;
  EXPECT_EQ(row_of(exact, bytes_of(file), "a").bytes, row_of(fast, bytes_of(file), "a").bytes);
}

TEST(Transform, BadPicturesAreRowsWithTheirErrors) {
  struct Case {
    const char* text;
    std::string file;
    Errc code;
  };
  const std::string good = transform_file("in.png");
  for (const Case& test : {Case{"grey", "", Errc::empty},
                           {"grey", "<html>", Errc::unknown_format},
                           {"grey", good.substr(0, good.size() / 2), Errc::truncated},
                           {"grey", jpeg_of_size(65000, 65000), Errc::limit_pixels},
                           {"crop=46", good, Errc::bad_geometry},
                           {"crop:height=45:width=62", good, Errc::bad_geometry},
                           {"resize=60000", good, Errc::bad_geometry},
                           {"resize:width=16384:height=1,format=webp", good, Errc::limit_side}}) {
    const Row row = transformed(test.text, test.file);
    ASSERT_TRUE(row.error) << test.text;
    EXPECT_EQ(row.error->code(), test.code) << test.text << row.error->what();
    EXPECT_TRUE(row.bytes.empty());
  }
}

TEST(Transform, MemoryIsAdmittedBeforeItIsTaken) {
  const std::string file = transform_file("in.png");
  // The picture and an enlargement of it, beside each other.
  const std::int64_t needed = 61 * 45 * 3 + 610 * 450 * 3;
  const TransformOptions there_and_back = chain("resize=450,resize=45,format=bmp");
  EXPECT_FALSE(row_of(there_and_back, bytes_of(file), "a", needed).error);
  EXPECT_EQ(row_of(there_and_back, bytes_of(file), "a", needed - 1).error->code(), Errc::limit_memory);
  EXPECT_EQ(row_of(chain("resize=20000"), bytes_of(file), "a", plenty).error->code(), Errc::limit_memory);
  EXPECT_FALSE(row_of(chain("resize=45,format=bmp"), bytes_of(file), "a", 61 * 45 * 9).error);
}

TEST(Transform, TheManifestHasWhatDecidesTheBytes) {
  const auto manifest = [](const TransformOptions& options) { return transform_task(options)->manifest(); };
  TransformOptions options = chain("resize=20,format=webp");
  const auto before = manifest(options);
  std::set<std::string> names;
  for (const auto& [name, value] : before) EXPECT_TRUE(names.insert(name).second) << name;
  EXPECT_EQ(manifest(options), before);
  options.ops = "resize=21,format=webp";
  EXPECT_NE(manifest(options), before);
  options = chain("resize=20,format=webp");
  options.scale = DecodeScale::fast;
  EXPECT_NE(manifest(options), before);
  options = chain("resize=20,format=webp");
  options.decode.channels = 1;
  EXPECT_NE(manifest(options), before);
}

TEST(Transform, OptionsThatCannotBeAreMisuse) {
  TransformOptions options = chain("grey");
  options.decode.channels = 2;
  EXPECT_THROW(transform_task(options), Error);
  options = chain("format=jpeg");
  options.decode.channels = 4;
  EXPECT_THROW(transform_task(options), Error);
  EXPECT_THROW(transform_task({}), Error);
}

}  // namespace
}  // namespace fovea
