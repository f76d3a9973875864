// Which JPEGs our decoder takes by their headers, and what it makes of these.
#include <gtest/gtest.h>

#include "codec/jpeg/coefficient_reader.h"
#include "support/hostile_pictures.h"
#include "support/jpeg_maker.h"
#include "support/jpeg_segments.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::CoefficientReader;
using codec::jpeg::Colour;
using codec::jpeg::Frame;

constexpr int sof0 = 0xc0, dht = 0xc4, soi = 0xd8, sos = 0xda, dqt = 0xdb, dri = 0xdd, app0 = 0xe0, app14 = 0xee;

bool is_ours(const std::string& file) {
  CoefficientReader reader;
  return reader.open(bytes_of(file)) && reader.start({}, host_memory());
}

Colour colour_of(const std::string& file) {
  CoefficientReader reader;
  EXPECT_TRUE(reader.open(bytes_of(file)));
  return reader.frame().colour;
}

std::string adobe(int transform) {
  return std::string("Adobe\0\x64\0\0\0\0", 11) + static_cast<char>(transform);
}

TEST(JpegHeaders, AFrameIsCountedInWholeMcus) {
  const std::string file = make_jpeg({.width = 35, .height = 17, .h = 2, .v = 1});
  CoefficientReader reader;
  ASSERT_TRUE(reader.open(bytes_of(file)));
  const Frame& frame = reader.frame();
  EXPECT_EQ(frame.width, 35);
  EXPECT_EQ(frame.height, 17);
  EXPECT_EQ(frame.count, 3);
  EXPECT_EQ(frame.most_h, 2);
  EXPECT_EQ(frame.most_v, 1);
  EXPECT_EQ(frame.mcus_across, 3);
  EXPECT_EQ(frame.mcus_down, 3);
  EXPECT_EQ(frame.components[0].blocks_across, 6);
  EXPECT_EQ(frame.components[1].blocks_across, 3);
  EXPECT_EQ(frame.components[0].blocks_down, 3);
}

TEST(JpegHeaders, SamplingFactorsOfALoneComponentMeanNothing) {
  const std::string file = with_byte(make_jpeg({.width = 35, .channels = 1}), sof0, 7, 0x22);
  CoefficientReader reader;
  ASSERT_TRUE(reader.open(bytes_of(file)));
  EXPECT_EQ(reader.frame().components[0].blocks_across, 5);
  EXPECT_EQ(reader.frame().most_h, 1);
}

TEST(JpegHeaders, ColoursAreThoseOfTheMarkersOrOfTheIdentifiers) {
  const std::string jfif = make_jpeg({.h = 1, .v = 1}), bare = without_segment(jfif, app0);
  const std::string stored = make_jpeg({.h = 1, .v = 1, .rgb = true});  // R, G, B and an Adobe marker
  EXPECT_EQ(colour_of(make_jpeg({.channels = 1})), Colour::grey);
  EXPECT_EQ(colour_of(jfif), Colour::ycc);
  EXPECT_EQ(colour_of(bare), Colour::ycc);
  EXPECT_EQ(colour_of(stored), Colour::rgb);
  EXPECT_EQ(colour_of(without_segment(stored, app14)), Colour::rgb);
  EXPECT_EQ(colour_of(jpeg_with_segment(bare, app14, adobe(0))), Colour::rgb);
  EXPECT_EQ(colour_of(jpeg_with_segment(bare, app14, adobe(1))), Colour::ycc);
  EXPECT_EQ(colour_of(jpeg_with_segment(jfif, app14, adobe(0))), Colour::ycc);
  EXPECT_EQ(colour_of(jpeg_with_segment(without_segment(stored, app14), app14, adobe(1))), Colour::ycc);
}

TEST(JpegHeaders, OtherKindsAreNotOurs) {
  EXPECT_FALSE(is_ours(picture_file("arithmetic.jpg")));
  EXPECT_FALSE(is_ours(picture_file("cmyk.jpg")));
  EXPECT_FALSE(is_ours(picture_file("ycck.jpg")));
  const std::string good = make_jpeg({});
  EXPECT_TRUE(is_ours(good));
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 0, 12))) << "12 bits";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 5, 2))) << "two components";
  EXPECT_FALSE(is_ours(with_byte(with_byte(good, sof0, 1, 0), sof0, 2, 0))) << "height by DNL";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 7, 0x41))) << "sampling 4x1";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 10, 0x21))) << "chroma of 2x1";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 7, 0x20))) << "sampling 2x0";
  EXPECT_FALSE(is_ours(with_byte(make_jpeg({.channels = 1}), sof0, 7, 0x51))) << "sampling 5x1";
  EXPECT_FALSE(is_ours(make_jpeg({.rgb = true}))) << "RGB at sampled sizes";
}

TEST(JpegHeaders, WhatLibjpegWarnsOfOrRefusesIsNotOurs) {
  const std::string good = make_jpeg({});
  EXPECT_FALSE(is_ours(""));
  EXPECT_FALSE(is_ours(good.substr(2)));
  EXPECT_FALSE(is_ours(with_byte(good, app0, 5, 2))) << "JFIF 2";
  EXPECT_FALSE(is_ours(jpeg_with_segment(without_segment(good, app0), app14, adobe(2)))) << "Adobe transform 2";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dri, std::string(3, '\0')))) << "restart interval of 3 bytes";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, 0xf0, "x"))) << "a reserved marker";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, 0xdc, std::string(2, '\0')))) << "DNL";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, soi, "x"))) << "a second SOI";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, sof0, std::string(15, '\1')))) << "two frames";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 9, 1))) << "two components of one identifier";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 8, 4))) << "quantisation table 4";
  EXPECT_FALSE(is_ours(with_byte(good, sof0, 8, 3))) << "quantisation table that is not defined";
  EXPECT_FALSE(is_ours(with_byte(good, dqt, 0, 4))) << "a definition of table 4";
  EXPECT_FALSE(is_ours(with_byte(good, dqt, 0, 0x10))) << "a table of 16 bits in 64 bytes";
  EXPECT_FALSE(is_ours(without_segment(good, sof0))) << "no frame";
  EXPECT_FALSE(is_ours(good.substr(0, data_at(good) - 1))) << "no end of the scan's header";
}

TEST(JpegHeaders, ScansThatAreNotWholeAreNotOurs) {
  const std::string good = make_jpeg({});
  EXPECT_FALSE(is_ours(with_byte(good, sos, 0, 2))) << "two components in a header of three";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 1, 9))) << "a component that is not there";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 3, 1))) << "a component twice";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 2, 0x20))) << "DC code 2, which is not defined";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 2, 0x04))) << "AC code 4";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 7, 1))) << "from coefficient 1";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 8, 62))) << "to coefficient 62";
  EXPECT_FALSE(is_ours(with_byte(good, sos, 9, 1))) << "to bit 1";
}

// DHT bodies: class and table, 16 counts, symbols.
TEST(JpegHeaders, CodesThatLibjpegRefusesAreNotOurs) {
  const auto code = [](int table, const std::string& counts, const std::string& symbols) {
    return static_cast<char>(table) + counts + std::string(16 - counts.size(), '\0') + symbols;
  };
  const std::string good = without_segment(make_jpeg({.channels = 1}), dht);  // its DC code
  EXPECT_FALSE(is_ours(good)) << "no DC code";
  EXPECT_TRUE(is_ours(jpeg_with_segment(good, dht, code(0, "\1\1", "\1\2"))));
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(0, "\2", "\1\2")))) << "a word of all ones";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(0, "\1\3", "\1\2\3\4")))) << "more words than there are";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(0, "\1\1", "\1\20")))) << "a DC of 16 bits";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(0, "\1\1", "\1")))) << "fewer symbols than words";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(4, "\1\1", "\1\2")))) << "table 4";
  EXPECT_FALSE(is_ours(jpeg_with_segment(good, dht, code(0x20, "\1\1", "\1\2")))) << "class 2";
}

// 16 million pixels out of a few hundred bytes.
TEST(JpegHeaders, FilesOfTooFewBitsForTheirBlocksAreNotOurs) {
  std::string file = make_jpeg({.channels = 1, .noise = 0});
  EXPECT_TRUE(is_ours(file));
  EXPECT_FALSE(is_ours(with_byte(with_byte(file, sof0, 1, 16), sof0, 3, 16)));
}

}  // namespace
}  // namespace fovea
