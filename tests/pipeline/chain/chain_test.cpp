#include "pipeline/chain/chain.h"

#include <gtest/gtest.h>

namespace fovea::pipeline {
namespace {

struct Refused {
  const char* text;
  const char* part;  // of the message
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.text;
}

class ChainRefusal : public testing::TestWithParam<Refused> {};

TEST_P(ChainRefusal, NamesThePlace) {
  try {
    const Chain chain(GetParam().text, 3);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::invalid_argument);
    const std::string message = error.what();
    EXPECT_NE(message.find(GetParam().part), std::string::npos) << message;
    EXPECT_EQ(message.find("transform: character "), 0u) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, ChainRefusal,
    testing::Values(
        Refused{"", "character 1: expected a name, got the end"}, Refused{",", "character 1: expected a name, got ','"},
        Refused{"grey,", "character 6: expected a name, got the end"},
        Refused{"grey,,flip", "character 6: expected a name"}, Refused{"=3", "character 1: expected a name"},
        Refused{"box=", "character 5: expected a value, got the end"},
        Refused{"box=,grey", "character 5: expected a value"},
        Refused{"box=3=4", "character 6: expected ',' or the end, got '='"},
        Refused{"box:size", "character 9: expected '=' behind 'size', got the end"},
        Refused{"box:=3", "character 5: expected a parameter's name"},
        Refused{"bxo=3", "character 1: there is no op 'bxo'; did you mean 'box'?"},
        Refused{"grey,gausian=2", "character 6: there is no op 'gausian'; did you mean 'gaussian'?"},
        Refused{" box=3", "character 1: there is no op ' box'"}, Refused{"Box=3", "did you mean 'box'"},
        Refused{"conv2d=3", "character 1: expected an op with one input, got 'conv2d'"},
        Refused{"random_normal", "expected an op with one input"},
        Refused{"box:siz=3", "character 5: 'box' has no parameter 'siz'; did you mean 'size'?"},
        Refused{"box=3:size=5", "character 7: expected size once"},
        Refused{"box=3y5", "character 5: expected numbers with x between them, got '3y5'"},
        Refused{"box=3x", "character 5: expected numbers with x between them"},
        Refused{"box=0", "box_filter: size: expected 1 to 32767, got 0"},
        Refused{"box=3x5x7", "character 1: 'box': box_filter"}, Refused{"box=nan", "character 5: expected numbers"},
        Refused{"box=3:border=round", "border: expected one of"},
        Refused{"flip=2", "character 6: expected yes or no, got '2'"},
        Refused{"max_pool2d=2.5", "character 12: expected a whole number, got '2.5'"},
        Refused{"gaussian=1:truncate=wide", "character 21: expected a number, got 'wide'"},
        Refused{"relu=1", "character 6: 'relu' has no parameters"}, Refused{"grey=1", "'grey' has no parameters"},
        Refused{"grey,grey", "character 6: 'grey': convert_colour: expected an image with 3 channels"},
        Refused{"box=3,histogram", "character 7: 'histogram': it makes no picture of a picture"},
        Refused{"fft2", "it makes no picture"}, Refused{"argsort:axis=9", "character 1: 'argsort'"},
        Refused{"resize", "character 1: resize: expected the shorter side"},
        Refused{"resize=0", "resize: side: expected 1 to 65535, got 0"}, Refused{"resize=65536", "expected 1 to 65535"},
        Refused{"resize=-3", "expected 1 to 65535, got -3"},
        Refused{"resize=3x4", "character 8: expected a whole number, got '3x4'"},
        Refused{"resize=3:width=4", "expected one side for both, or height and width"},
        Refused{"resize=3:filter=cubic", "filter: expected one of nearest"},
        Refused{"crop:height=1:width=65535,resize=9", "character 27: resize: 65535x1 would become 589815x9"},
        Refused{"crop", "crop: expected a side, or height and width"}, Refused{"crop:width=3", "crop: expected a side"},
        Refused{"crop=0", "crop: side: expected 1 to 65535"}, Refused{"crop=1e3", "expected a whole number"},
        Refused{"format=gif", "character 8: expected a format of bmp, jpeg, png, pnm, tiff, webp, got 'gif'"},
        Refused{"format", "character 1: expected 'format=' with a value alone"},
        Refused{"format=png:quality=3", "expected 'format=' with a value alone"},
        Refused{"format:a=png", "expected 'format=' with a value alone"},
        Refused{"format=png,format=bmp", "character 12: expected 'format' once"},
        Refused{"format=png,grey", "character 12: expected ops before format"},
        Refused{"format=jpeg,quality=0", "character 21: expected a whole number from 1 to 100, got '0'"},
        Refused{"format=jpeg,quality=101", "from 1 to 100"}, Refused{"format=jpeg,quality=9.5", "from 1 to 100"},
        Refused{"quality=80", "character 1: expected 'quality' with format=jpeg"},
        Refused{"format=png,quality=80", "character 12: expected 'quality'"},
        Refused{"format=webp,lossless,quality=80", "character 22: expected 'quality'"},
        Refused{"format=jpeg,lossless", "character 13: expected 'lossless' with format=webp"},
        Refused{"format=webp,lossless=maybe", "character 22: expected yes or no"}));

TEST(Chain, EncodingIsReadInAnyOrder) {
  const Chain a("quality=80,format=webp", 3), b("format=jpg,quality=7", 3), c("lossless,format=webp", 4), d("grey", 3),
      e("format=webp,lossless=no,quality=9", 3);
  EXPECT_EQ(a.encoding().format, "webp");
  EXPECT_EQ(a.encoding().quality, 80);
  EXPECT_FALSE(a.encoding().lossless);
  EXPECT_EQ(b.encoding().format, "jpeg");
  EXPECT_EQ(b.encoding().quality, 7);
  EXPECT_EQ(b.extensions().front(), ".jpg");
  EXPECT_TRUE(c.encoding().lossless);
  EXPECT_EQ(d.encoding().format, "png");
  EXPECT_FALSE(e.encoding().lossless);
}

TEST(Chain, TheFirstResizeOfTheShorterSideIsKnown) {
  EXPECT_EQ(Chain("resize=20,crop=3", 3).first_resize(), 20);
  EXPECT_EQ(Chain("crop=30,resize=20", 3).first_resize(), 0);
  EXPECT_EQ(Chain("resize:width=20", 3).first_resize(), 0);
  EXPECT_EQ(Chain("format=png", 3).first_resize(), 0);
}

TEST(Chain, CropsInTheMiddleHalvesToEven) {
  Array row = Array::empty({1, 8, 1}, DType::u8);
  for (std::uint8_t i = 0; i < 8; ++i) row.span<std::uint8_t>()[i] = i;
  const auto first = [&](const char* text) {
    const Array out = Chain(text, 1).apply(row, row.shape(), Device::cpu());
    return static_cast<int>(out.span<std::uint8_t>()[0]);
  };
  EXPECT_EQ(first("crop:height=1:width=8"), 0);
  EXPECT_EQ(first("crop:height=1:width=7"), 0);  // 0.5
  EXPECT_EQ(first("crop:height=1:width=6"), 1);
  EXPECT_EQ(first("crop:height=1:width=5"), 2);  // 1.5
  EXPECT_EQ(first("crop:height=1:width=3"), 2);  // 2.5
  EXPECT_EQ(first("crop:height=1:width=1"), 4);  // 3.5
}

TEST(Chain, ShorterSidesAreInProportionAndCutOff) {
  const auto shape = [](const char* text, Shape from) {
    const Array picture = Array::zeros(from, DType::u8);
    return Chain(text, static_cast<int>(from[2])).apply(picture, from, Device::cpu()).shape();
  };
  EXPECT_EQ(shape("resize=10", {30, 47, 3}), (Shape{10, 15, 3}));  // 15.67
  EXPECT_EQ(shape("resize=10", {47, 30, 1}), (Shape{15, 10, 1}));
  EXPECT_EQ(shape("resize=10", {5, 5, 4}), (Shape{10, 10, 4}));
  EXPECT_EQ(shape("resize:width=10", {30, 47, 3}), (Shape{6, 10, 3}));  // 6.38
  EXPECT_EQ(shape("resize:height=1", {1000, 3, 3}), (Shape{1, 1, 3}));  // no side vanishes
}

// Values by hand: what is not u8 is rounded to even and cut to 0..255.
TEST(Chain, OtherTypesComeBackAsBytes) {
  const Array step = Array::of<std::uint8_t>(std::vector<std::uint8_t>{0, 0, 200, 200}, {1, 4, 1});
  const Array falling = Array::of<std::uint8_t>(std::vector<std::uint8_t>{200, 200, 190, 190}, {1, 4, 1});
  const auto columns = [](const Array& picture) {
    const Array out = Chain("sobel=columns", 1).apply(picture, picture.shape(), Device::cpu());
    const auto values = out.span<std::uint8_t>();
    return std::vector<int>(values.begin(), values.end());
  };
  EXPECT_EQ(columns(step), (std::vector<int>{0, 255, 255, 0}));  // 800
  EXPECT_EQ(columns(falling), (std::vector<int>{0, 0, 0, 0}));   // -40
}

}  // namespace
}  // namespace fovea::pipeline
