#include "fovea/stats.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "pipeline/likeness/measures.h"
#include "pipeline/stage.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"
#include "support/picture.h"

namespace fovea::test {
namespace {

using Golden = std::map<std::string, std::string>;

std::vector<Golden> goldens() {
  std::ifstream file(test_data("stats/goldens.csv"));
  const auto cells = [](const std::string& line) {
    std::vector<std::string> found;
    std::stringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) found.push_back(cell);
    return found;
  };
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = cells(line);
  std::vector<Golden> all;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = cells(line);
    for (Golden& row = all.emplace_back(); const std::string& value : values) row[header[row.size()]] = value;
  }
  return all;
}

// The picture of tests/data/make_stats_goldens.py.
Array formula(std::int64_t height, std::int64_t width) {
  Array pixels = Array::empty({height, width, 3}, DType::u8);
  auto at = pixels.span<std::uint8_t>().begin();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        *at++ = static_cast<std::uint8_t>((x * x * 3 + y * y * 5 + x * y * (c + 1) * 2 + 40 * c) >> 4);
  return pixels;
}

Array grey(const std::vector<std::uint8_t>& samples, std::int64_t width) {
  return Array::of<std::uint8_t>(samples, {static_cast<std::int64_t>(samples.size()) / width, width, 1});
}

Row row_of(const pipeline::Picture& picture, const StatsOptions& options = {}) {
  pipeline::Budget budget(std::int64_t{1} << 30);
  Row row;
  stats_task(options)->stage(Device::cpu())->load(picture, row, {}, budget, {});
  return row;
}

template <class T>
T field(const Row& row, const std::string& name) {
  for (const Field& field : row.fields)
    if (field.name == name) return std::get<T>(field.value);
  ADD_FAILURE() << "no field " << name;
  return {};
}

TEST(Stats, AreThoseOfWholeNumbersInPython) {
  const std::vector<Golden> all = goldens();
  ASSERT_EQ(all.size(), 27u);
  for (const Golden& golden : all) {
    const std::string& name = golden.at("name");
    const bool file = golden.at("kind") == "file";
    const std::string text = file ? picture_file(name) : "";
    const auto by = name.find('x');
    const Row row = file ? row_of(bytes_of(text))
                         : row_of(formula(std::stoll(name.substr(0, by)), std::stoll(name.substr(by + 1))));
    ASSERT_FALSE(row.error) << name << ": " << row.error->what();
    EXPECT_EQ(std::to_string(row.width), golden.at("width")) << name;
    EXPECT_EQ(std::to_string(row.height), golden.at("height")) << name;
    EXPECT_EQ(std::to_string(field<std::int64_t>(row, "bytes")), golden.at("bytes")) << name;
    for (const char* measure : {"mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue", "brightness",
                                "contrast", "sharpness"})
      EXPECT_DOUBLE_EQ(field<double>(row, measure), std::stod(golden.at(measure))) << name << " " << measure;
    EXPECT_EQ(field<std::string>(row, "phash"), golden.at("phash")) << name;
    EXPECT_EQ(field<std::string>(row, "sha256"), file ? golden.at("sha256") : "") << name;
  }
}

TEST(Stats, FieldsAreTheColumnsInTheirOrder) {
  const Row row = row_of(formula(4, 5));
  const RowColumns columns = stats_task()->columns();
  EXPECT_EQ(columns.topk, 0);
  ASSERT_EQ(row.fields.size(), columns.fields.size());
  for (std::size_t k = 0; k < row.fields.size(); ++k) EXPECT_EQ(row.fields[k].name, columns.fields[k]);
}

TEST(Stats, SayWhatIsStored) {
  const struct {
    const char* file;
    std::int64_t channels, bits;
    const char* format;
  } cases[] = {{"grey.jpg", 1, 8, "jpeg"},
               {"cmyk.jpg", 4, 8, "jpeg"},
               {"grey16_n.png", 1, 16, "png"},
               {"grey_alpha8_n.png", 2, 8, "png"},
               {"rgb.tif", 3, 8, "tiff"}};
  for (const auto& [file, channels, bits, format] : cases) {
    const std::string text = picture_file(file);
    const Row row = row_of(bytes_of(text));
    EXPECT_EQ(field<std::int64_t>(row, "channels"), channels) << file;
    EXPECT_EQ(field<std::int64_t>(row, "bits"), bits) << file;
    EXPECT_EQ(field<std::int64_t>(row, "orientation"), 1) << file;
    EXPECT_EQ(row.format, format);
  }
}

TEST(Stats, TurnedPicturesAreMeasuredUpright) {
  const std::string text = picture_file("exif.png");
  StatsOptions stored;
  stored.decode.orient = false;
  const Row upright = row_of(bytes_of(text)), lying = row_of(bytes_of(text), stored);
  EXPECT_NE(field<std::int64_t>(upright, "orientation"), 1);
  EXPECT_EQ(field<std::int64_t>(upright, "orientation"), field<std::int64_t>(lying, "orientation"));
  EXPECT_EQ(upright.width, lying.height);
  EXPECT_NE(field<std::string>(upright, "phash"), field<std::string>(lying, "phash"));
  EXPECT_EQ(field<double>(upright, "sharpness"), field<double>(lying, "sharpness"));
}

// By hand: the middle has -4 * 255, the edges 2 * 255 (mirrored about the edge), the corners 0.
TEST(Stats, TheLaplacianIsMirroredAboutTheEdgePixels) {
  const Row row = row_of(grey({0, 0, 0, 0, 255, 0, 0, 0, 0}, 3));
  EXPECT_DOUBLE_EQ(field<double>(row, "sharpness"), (1020.0 * 1020 + 4 * 510.0 * 510) / 9 - std::pow(1020.0 / 9, 2));
  EXPECT_DOUBLE_EQ(field<double>(row, "brightness"), 255.0 / 9);
  // A line: up and down are the pixel itself; 0 and 90 have 2 * 90 and -2 * 90.
  EXPECT_DOUBLE_EQ(field<double>(row_of(grey({0, 90}, 2)), "sharpness"), 180.0 * 180);
  EXPECT_DOUBLE_EQ(field<double>(row_of(grey({0, 90}, 1)), "sharpness"), 180.0 * 180);
}

// Half of 180 million pixels are 0, half 255: the squared sums take 71 bits.
TEST(Stats, SumsOfLargePicturesAreExact) {
  const std::int64_t half = 90'000'000;
  const pipeline::Moments moments{2 * half, half * 255, half * 255 * 255};
  EXPECT_EQ(moments.mean(), 127.5);
  EXPECT_EQ(moments.variance(), 127.5 * 127.5);
}

TEST(Stats, FlatPicturesHaveNone) {
  for (const int level : {0, 1, 77, 255}) {
    const Row row = row_of(grey(std::vector<std::uint8_t>(5000 * 7, static_cast<std::uint8_t>(level)), 5000));
    EXPECT_EQ(field<double>(row, "sharpness"), 0);
    EXPECT_EQ(field<double>(row, "contrast"), 0);
    EXPECT_EQ(field<double>(row, "std_blue"), 0);
    EXPECT_EQ(field<double>(row, "mean_green"), level);
    EXPECT_EQ(field<std::string>(row, "phash"), level == 0 ? "0000000000000000" : "8000000000000000");
  }
}

TEST(Stats, PixelsOfOneAndFourChannelsAreTakenAsColours) {
  const Array rgb = formula(9, 14);
  Array rgba = Array::full({9, 14, 4}, 3, DType::u8);
  for (std::size_t k = 0; k < 9 * 14 * 3; ++k)
    rgba.span<std::uint8_t>()[k / 3 * 4 + k % 3] = rgb.span<std::uint8_t>()[k];
  const Row three = row_of(rgb), four = row_of(rgba);
  EXPECT_EQ(field<std::int64_t>(four, "channels"), 4);
  for (const char* measure : {"mean_red", "std_blue", "sharpness"})
    EXPECT_EQ(field<double>(three, measure), field<double>(four, measure));
  EXPECT_EQ(field<std::string>(three, "phash"), field<std::string>(four, "phash"));
  const Array mirrored = rgb.slice(1, {Slice::none, Slice::none, -1});
  EXPECT_EQ(field<double>(row_of(mirrored), "sharpness"), field<double>(three, "sharpness"));
}

TEST(Stats, BadPicturesAreErrors) {
  const std::string jpeg = picture_file("rgb_420.jpg"), cut = jpeg.substr(0, jpeg.size() / 2), other = "neither";
  const std::pair<pipeline::Picture, Errc> cases[] = {{bytes_of(cut), Errc::truncated},
                                                      {bytes_of(other), Errc::unknown_format},
                                                      {std::span<const std::byte>{}, Errc::empty},
                                                      {Array::zeros({4, 4}, DType::u8), Errc::invalid_argument},
                                                      {Array::zeros({4, 4, 2}, DType::u8), Errc::invalid_argument},
                                                      {Array::zeros({0, 4, 3}, DType::u8), Errc::invalid_argument},
                                                      {Array::zeros({4, 4, 3}, DType::f32), Errc::invalid_argument},
                                                      {Array(), Errc::invalid_argument}};
  for (const auto& [picture, code] : cases) {
    const Row row = row_of(picture);
    ASSERT_TRUE(row.error) << name(code);
    EXPECT_EQ(name(row.error->code()), name(code)) << row.error->what();
    EXPECT_TRUE(row.fields.empty());
  }
  StatsOptions small;
  small.decode.limits.max_pixels = 100;
  ASSERT_TRUE(row_of(bytes_of(jpeg), small).error);
  EXPECT_EQ(name(row_of(bytes_of(jpeg), small).error->code()), name(Errc::limit_pixels));
  small.decode.background = 1 << 24;
  expect_error(Errc::invalid_argument, "stats: expected a background", [&] { (void)stats_task(small); });
}

TEST(Stats, PicturesAreAdmittedByTheirSize) {
  const std::string text = picture_file("rgb_420.jpg");
  const auto stage = stats_task()->stage(Device::cpu());
  Row row;
  pipeline::Budget budget(23 * 15 * 4), tight(23 * 15 * 4 - 1);
  for (int round = 0; round < 2; ++round) stage->load(bytes_of(text), row, {}, budget, {});
  EXPECT_EQ(budget.most(), 23 * 15 * 4);
  stage->load(bytes_of(text), row, {}, tight, {});
  ASSERT_TRUE(row.error);
  EXPECT_EQ(name(row.error->code()), name(Errc::limit_memory));
  EXPECT_EQ(tight.most(), 0);
  expect_error(Errc::limit_memory, "", [&] { stage->load(formula(15, 23), row, {}, tight, {}); });
}

TEST(PerceptualHash, OfLikePicturesIsNear) {
  const Array picture = formula(200, 150);
  Array brighter = picture.copy();
  for (std::uint8_t& v : brighter.span<std::uint8_t>()) v = static_cast<std::uint8_t>(v / 2 + 60);
  const std::uint64_t hash = perceptual_hash(picture);
  EXPECT_LE(std::popcount(hash ^ perceptual_hash(brighter)), 2);
  EXPECT_GT(std::popcount(hash ^ perceptual_hash(picture.slice(0, {Slice::none, Slice::none, -1}))), 10);
  EXPECT_EQ(perceptual_hash(picture.slice(1, {0, 150, 2})), perceptual_hash(picture.slice(1, {0, 150, 2}).copy()));
}

// Waves that a mirrored half cancels are exactly zero, and so not above the median.
TEST(PerceptualHash, OfSymmetricPicturesHasNoOddWaves) {
  std::vector<std::uint8_t> samples;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) samples.push_back(static_cast<std::uint8_t>((std::min(x, 63 - x) * 37 + y * y) % 256));
  const std::uint64_t hash = perceptual_hash(grey(samples, 64));
  EXPECT_EQ(hash & 0x5555555555555555u, 0u);
  EXPECT_NE(hash & 0xaaaaaaaaaaaaaaaau, 0u);
}

TEST(PerceptualHash, RefusesWhatIsNoPicture) {
  for (const Array& pixels : {Array(), Array::zeros({3, 3}, DType::u8), Array::zeros({3, 3, 4}, DType::u8),
                              Array::zeros({0, 3, 3}, DType::u8), Array::zeros({3, 3, 3}, DType::f32)})
    expect_error(Errc::invalid_argument, "perceptual_hash: expected pixels u8", [&] { (void)perceptual_hash(pixels); });
}

}  // namespace
}  // namespace fovea::test
