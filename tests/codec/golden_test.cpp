// Every file of goldens.csv against the pixels that its script wrote.
#include <gtest/gtest.h>

#include <sstream>

#include "fovea/npy.h"
#include "support/picture.h"

namespace fovea {
namespace {

struct Golden {
  std::string file, expected;
  int channels = 3;
  std::int32_t background = -1;
};

std::vector<Golden> goldens() {
  std::vector<Golden> all;
  std::istringstream lines(test::read_text(test::test_data("codec/goldens.csv")));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Golden golden;
    std::string channels, background;
    std::getline(fields, golden.file, ',');
    std::getline(fields, channels, ',');
    std::getline(fields, background, ',');
    std::getline(fields, golden.expected, ',');
    golden.channels = std::stoi(channels);
    golden.background = std::stoi(background);
    all.push_back(golden);
  }
  return all;
}

class CodecGolden : public ::testing::TestWithParam<Golden> {};

TEST_P(CodecGolden, PixelsAreExact) {
  const Golden& golden = GetParam();
  const Array expected = load_npy(test::test_data("codec/" + golden.expected)).value();
  const std::string file = test::picture_file(golden.file);
  DecodeOptions options;
  options.channels = golden.channels;
  options.background = golden.background;
  const Result<DecodedImage> image = decode(test::bytes_of(file), options);
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_EQ(image.value().pixels.shape(), expected.shape());
  EXPECT_EQ(test::difference(image.value().pixels, expected), 0);
}

TEST_P(CodecGolden, ProbeSaysTheSizeThatDecodeGives) {
  const std::string file = test::picture_file(GetParam().file);
  const Result<ImageInfo> info = probe(test::bytes_of(file));
  ASSERT_TRUE(info) << info.error().what();
  DecodeOptions options;
  options.orient = false;
  const Result<DecodedImage> image = decode(test::bytes_of(file), options);
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_EQ(image.value().pixels.shape(), (Shape{info.value().height, info.value().width, 3}));
  EXPECT_EQ(image.value().info.format, info.value().format);
}

INSTANTIATE_TEST_SUITE_P(Files, CodecGolden, ::testing::ValuesIn(goldens()), [](const auto& test) {
  std::string name = test.param.expected;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(CodecGoldens, TheTableIsThere) {
  EXPECT_GT(goldens().size(), 100u);
}

}  // namespace
}  // namespace fovea
