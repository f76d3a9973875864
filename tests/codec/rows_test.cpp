// A picture's rows as a sink gets them, against the pixels of the whole picture.
#include <gtest/gtest.h>

#include <cstring>

#include "codec/codec.h"
#include "fovea/memory_adaptors.h"
#include "fovea/npy.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

class Collected final : public codec::RowSink {
 public:
  explicit Collected(const DecodeOptions& options = {}) : channels_(options.channels) {}

  std::optional<codec::RowWindow> begin(const ImageInfo& info, std::int64_t height, std::int64_t width) override {
    ++begun;
    info_width = info.width;
    if (refuses) return std::nullopt;
    pixels = Array::zeros({height, width, channels_}, DType::u8);
    const codec::RowWindow wanted = window.value_or(codec::RowWindow{0, height, 0, width});
    next = wanted.top;
    return wanted;
  }

  void rows(std::int64_t first, std::span<const std::uint8_t* const> rows, std::int64_t slack) override {
    EXPECT_TRUE(first == next || first == 0) << first << " " << next;  // from the window's top on, or all
    next = first;
    EXPECT_GT(rows.size(), 0u);
    if (throws) throw Error(Errc::device_lost, "sink: expected no rows, got some");
    const std::int64_t bytes = pixels.shape()[1] * channels_;
    for (const std::uint8_t* row : rows) {
      std::memcpy(pixels.data() + next++ * bytes, row, static_cast<std::size_t>(bytes));
      for (std::int64_t k = 0; k < slack; ++k) touched += row[bytes + k];  // for the address sanitizer
    }
  }

  bool refuses = false, throws = false;
  int begun = 0, info_width = 0;
  std::optional<codec::RowWindow> window;  // instead of the whole
  std::int64_t next = 0;
  std::size_t touched = 0;
  Array pixels;

 private:
  std::int64_t channels_;
};

Result<DecodedImage> decode_to(Collected& sink, std::string_view file, const DecodeOptions& options = {},
                               const codec::Admit& admit = {}) {
  return codec::decode(bytes_of(file), options, host_memory(), admit, &sink);
}

std::string photo(int height, int width) {
  EncodeOptions options;
  options.format = "jpeg";
  Array pixels = Array::empty({height, width, 3}, DType::u8);
  auto values = pixels.span<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::uint8_t>(i / 3 % 97 * 2 + i / 700 % 60 + i * 7919 % 13);
  const std::vector<std::byte> bytes = encode(pixels, options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(DecodedRows, AreThePixelsOfPillow) {
  for (const char* name : {"rgb_420", "rgb_422", "rgb_444", "grey", "progressive", "cmyk", "ycck", "rgb_stored"}) {
    Collected sink;
    const std::string file = picture_file(std::string(name) + ".jpg");
    const Result<DecodedImage> image = decode_to(sink, file);
    ASSERT_TRUE(image) << name << ": " << image.error().what();
    EXPECT_EQ(image.value().pixels.size(), 0) << name;
    EXPECT_EQ(sink.begun, 1) << name;
    EXPECT_EQ(sink.next, 15) << name;
    EXPECT_EQ(difference(sink.pixels, load_npy(test_data("codec/" + std::string(name) + ".jpg.rgb.npy")).value()), 0)
        << name;
  }
}

TEST(DecodedRows, AreTheWholePicturesOfManyStripsAndAnyKind) {
  for (const auto& [height, width] : {std::pair{16, 40}, {17, 33}, {131, 250}, {700, 300}, {50, 4100}})
    for (const int channels : {1, 3, 4})
      for (const int shrink_to : {0, 8, 40}) {
        DecodeOptions options;
        options.channels = channels;
        options.shrink_to = shrink_to;
        const std::string file = photo(height, width);
        Collected sink(options);
        ASSERT_TRUE(decode_to(sink, file, options));
        const DecodedImage whole = decode(bytes_of(file), options).value();
        EXPECT_EQ(difference(sink.pixels, whole.pixels), 0)
            << height << " " << width << " " << channels << " " << shrink_to;
        EXPECT_EQ(sink.next, whole.pixels.shape()[0]);
        EXPECT_EQ(sink.info_width, width);
      }
}

TEST(DecodedRows, ADamagedPictureIsTheErrorThatItWas) {
  const std::string file = photo(131, 250);
  for (const std::size_t cut : {file.size() - 2, file.size() - 20, file.size() / 2, std::size_t{30}}) {
    Collected sink;
    const Result<DecodedImage> image = decode_to(sink, std::string_view(file).substr(0, cut));
    const Result<DecodedImage> whole = decode(bytes_of(std::string_view(file).substr(0, cut)));
    ASSERT_FALSE(image) << cut;
    EXPECT_EQ(image.error().code(), whole.error().code()) << cut;
    EXPECT_STREQ(image.error().what(), whole.error().what()) << cut;
  }
  for (std::size_t at = 4; at < file.size(); at += 37) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    Collected sink;
    const Result<DecodedImage> image = decode_to(sink, damaged), whole = decode(bytes_of(damaged));
    ASSERT_EQ(static_cast<bool>(image), static_cast<bool>(whole)) << at;
    if (!image)
      EXPECT_STREQ(image.error().what(), whole.error().what()) << at;
    else
      EXPECT_EQ(difference(sink.pixels, whole.value().pixels), 0) << at;
  }
}

TEST(DecodedRows, OfAWindowAreThoseOfTheWholePicture) {
  const std::string file = photo(131, 250);
  for (const int shrink_to : {0, 16})
    for (const codec::RowWindow& window :
         {codec::RowWindow{3, 20, 5, 9}, {16, 32, 0, 31}, {15, 17, 30, 31}, {0, 1, 0, 1}}) {
      DecodeOptions options;
      options.shrink_to = shrink_to;
      Collected sink;
      sink.window = window;
      if (shrink_to) sink.window->bottom = std::min<std::int64_t>(window.bottom, 17);
      ASSERT_TRUE(decode_to(sink, file, options));
      const Array whole = decode(bytes_of(file), options).value().pixels;
      const std::int64_t width = whole.shape()[1];
      EXPECT_EQ(sink.next, sink.window->bottom);
      for (std::int64_t y = sink.window->top; y < sink.window->bottom; ++y) {
        const std::int64_t at = 3 * (y * width + window.left), bytes = 3 * (window.right - window.left);
        EXPECT_EQ(std::memcmp(sink.pixels.data() + at, whole.data() + at, static_cast<std::size_t>(bytes)), 0) << y;
      }
    }
}

TEST(DecodedRows, ComeAnewWhenAnotherDecoderTakesOver) {
  // Bytes behind the last scan's data: not for the project's own decoder, and no error to libjpeg.
  std::string file = photo(131, 250);
  file.insert(file.size() - 2, std::string("\xff\xd0", 2));
  Collected sink;
  ASSERT_TRUE(decode_to(sink, file));
  EXPECT_EQ(sink.begun, 2);
  EXPECT_EQ(difference(sink.pixels, decode(bytes_of(file)).value().pixels), 0);
}

TEST(DecodedRows, BelowTheWindowAskForTheTimeToo) {
  const std::string file = photo(800, 64);
  int asked = 0, yes = -1;
  DecodeOptions options;
  options.stop = [&] { return ++asked >= yes && yes > 0; };
  Collected sink;
  sink.window = {0, 16, 0, 64};
  ASSERT_TRUE(decode_to(sink, file, options));
  EXPECT_GE(asked, 800 / 16);
  yes = 40;
  asked = 0;
  const auto stopped = decode_to(sink, file, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), Errc::timeout);
}

TEST(DecodedRows, AreLibjpegsFromTheBeginningWhenPlainVariantsAreAskedFor) {
  std::string file = photo(131, 250);
  file.insert(file.size() - 2, std::string("\xff\xd0", 2));
  setenv("FOVEA_VARIANT", "portable", 1);
  Collected sink;
  EXPECT_TRUE(decode_to(sink, file));
  unsetenv("FOVEA_VARIANT");
  EXPECT_EQ(sink.begun, 1);
}

TEST(DecodedRows, WhatIsTurnedOrOfAnotherFormatComesWhole) {
  for (const char* name : {"orientation_2.jpg", "orientation_6.jpg", "rgb8_n.png", "p6.ppm", "lossy.webp"}) {
    Collected sink;
    const std::string file = picture_file(name);
    const Result<DecodedImage> image = decode_to(sink, file);
    ASSERT_TRUE(image) << name;
    EXPECT_EQ(sink.begun, 0) << name;
    EXPECT_EQ(difference(image.value().pixels, decode(bytes_of(file)).value().pixels), 0) << name;
  }
  DecodeOptions stored;
  stored.orient = false;
  Collected sink;
  const std::string file = picture_file("orientation_6.jpg");
  ASSERT_TRUE(decode_to(sink, file, stored));
  EXPECT_EQ(difference(sink.pixels, decode(bytes_of(file), stored).value().pixels), 0);
}

TEST(DecodedRows, ASinkThatRefusesGetsThePicture) {
  Collected sink;
  sink.refuses = true;
  const std::string file = photo(40, 50);
  const Result<DecodedImage> image = decode_to(sink, file);
  ASSERT_TRUE(image);
  EXPECT_EQ(sink.begun, 1);
  EXPECT_EQ(sink.next, 0);
  EXPECT_EQ(difference(image.value().pixels, decode(bytes_of(file)).value().pixels), 0);
}

TEST(DecodedRows, WhatASinkThrowsIsThePicturesError) {
  Collected sink;
  sink.throws = true;
  const Result<DecodedImage> image = decode_to(sink, photo(40, 50));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), Errc::device_lost);
}

TEST(DecodedRows, AStripIsAdmittedAndTheLimitHoldsForThePicture) {
  const auto asked = [](const std::string& file, const DecodeOptions& options = {}) {
    std::vector<std::int64_t> all;
    Collected sink;
    static_cast<void>(decode_to(sink, file, options, [&](std::int64_t bytes) { all.push_back(bytes); }));
    return all;
  };
  EXPECT_EQ(asked(photo(1000, 250)), std::vector<std::int64_t>{256 * 250 * 3});  // 192 KiB, in sixteens
  EXPECT_EQ(asked(photo(100, 5000)), std::vector<std::int64_t>{16 * 5000 * 3});
  EXPECT_EQ(asked(photo(9, 250)), std::vector<std::int64_t>{9 * 250 * 3});
  // Coefficients of two bytes a component stay beside the strip.
  EXPECT_EQ(asked(picture_file("progressive.jpg")), std::vector<std::int64_t>{15 * 23 * 3 + 15 * 23 * 2 * 3});
  DecodeOptions small;
  small.limits.max_decoded_bytes = 131 * 250 * 3 - 1;
  EXPECT_TRUE(asked(photo(131, 250), small).empty());
  Collected sink;
  const Result<DecodedImage> image = decode_to(sink, photo(131, 250), small);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), Errc::limit_bytes);
}

TEST(DecodedRows, TakeTheMemoryOfAStrip) {
  const auto memory = std::make_shared<StatisticsMemory>(host_memory());
  Collected sink;
  const std::string file = photo(800, 300);
  ASSERT_TRUE(codec::decode(bytes_of(file), {}, memory, {}, &sink));
  EXPECT_LE(memory->statistics().high_water, 208u * 300 * 3 + 256);
}

}  // namespace
}  // namespace fovea
