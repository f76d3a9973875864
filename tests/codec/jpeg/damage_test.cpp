// Damaged JPEGs: our decoder leaves them to libjpeg-turbo, and never makes something else of them.
#include <gtest/gtest.h>

#include <random>

#include "support/hostile_pictures.h"
#include "support/jpeg_maker.h"
#include "support/jpeg_segments.h"
#include "support/our_coefficients.h"

namespace fovea {
namespace {

using namespace test;

bool is_ours(const std::string& file) {
  codec::jpeg::CoefficientReader reader;
  return our_coefficients(file, reader).has_value();
}

std::string with_restarts() {
  return make_jpeg({.width = 100, .height = 60, .restart = 2});
}

// Where restart marker `index` of the file begins.
std::size_t restart_at(const std::string& file, int index) {
  std::size_t at = data_at(file);
  for (int seen = 0;; ++at)
    if (byte_of(file, at) == 0xff && (byte_of(file, at + 1) & 0xf8) == 0xd0 && seen++ == index) return at;
}

TEST(JpegDamage, EveryCutIsNoticed) {
  for (const std::string& whole : {make_jpeg({.width = 20, .height = 20}), make_jpeg({.width = 20, .restart = 1})}) {
    ASSERT_TRUE(is_ours(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(is_ours(whole.substr(0, size))) << size;
      const bool in_data = size >= data_at(whole) && size < whole.size() - 2;
      EXPECT_FALSE(in_data && is_ours(whole.substr(0, size) + "\xff\xd9")) << size << " and an end marker";
    }
  }
}

TEST(JpegDamage, LeftOverBytesAreNoticed) {
  const std::string plain = make_jpeg({}), restarts = with_restarts();
  EXPECT_FALSE(is_ours(std::string(plain).insert(plain.size() - 2, "x")));
  EXPECT_FALSE(is_ours(std::string(plain).insert(plain.size() - 2, std::string("\xff\0", 2))));
  EXPECT_FALSE(is_ours(std::string(restarts).insert(restart_at(restarts, 0), "x")));
  EXPECT_FALSE(is_ours(std::string(restarts).insert(restart_at(restarts, 3), std::string(20000, 'x'))));
}

TEST(JpegDamage, RestartMarkersHaveTheirOrderAndTheirPlaces) {
  const std::string good = with_restarts();
  ASSERT_TRUE(is_ours(good));
  const std::size_t at = restart_at(good, 4);
  EXPECT_FALSE(is_ours(with(good, at + 1, "\xd5"))) << "RST5 for RST4";
  EXPECT_FALSE(is_ours(with(good, at + 1, "\xd9"))) << "the end for RST4";
  EXPECT_FALSE(is_ours(std::string(good).erase(at, 2))) << "none";
  EXPECT_FALSE(is_ours(std::string(good).insert(at, "\xff\xd4"))) << "twice";
  EXPECT_FALSE(is_ours(std::string(good).insert(good.size() - 2, "\xff\xd1"))) << "one more at the end";
  EXPECT_FALSE(is_ours(without_segment(good, 0xdd))) << "no interval";
  EXPECT_FALSE(is_ours(with_byte(good, 0xdd, 1, 3))) << "another interval";
}

TEST(JpegDamage, OnlyTheEndMayFollowTheScan) {
  const std::string good = make_jpeg({});
  const std::string front = good.substr(0, good.size() - 2), end = "\xff\xd9";
  const std::string scan = good.substr(segment_at(good, 0xda), good.size() - 2 - segment_at(good, 0xda));
  EXPECT_TRUE(is_ours(front + "\xff\xff" + end)) << "fill bytes";
  EXPECT_TRUE(is_ours(good + "bytes behind the picture"));
  EXPECT_FALSE(is_ours(front + scan + end)) << "the scan twice";
  EXPECT_FALSE(is_ours(front + std::string("\xff\xdc\0\4\0\x32", 6) + end)) << "DNL";
  EXPECT_FALSE(is_ours(front + "\xff" + end.substr(0, 1)));
}

TEST(JpegDamage, CodesThatAreNoneAreNoticed) {
  const std::string good = make_jpeg({.width = 200});
  std::string ones;
  for (int i = 0; i < 8; ++i) ones += std::string("\xff\0", 2);
  EXPECT_FALSE(is_ours(with(good, data_at(good) + 100, ones)));
}

// Coefficients of 12 bits and more are no damage to libjpeg, but no encoder of 8 bits writes them.
TEST(JpegDamage, CoefficientsOfTooManyBitsAreLeftToLibjpeg) {
  const auto code = [](int table, char symbol) {
    return static_cast<char>(table) + std::string("\1\1", 2) + std::string(14, '\0') + std::string("\0", 1) + symbol;
  };
  for (const int table : {0x00, 0x10})
    for (const int size : {10, 11, 12}) {
      // 8x8 grey: the words of both codes are 0 and 10, for symbol 0 and for `size`.
      std::string file("\xff\xd8", 2);
      file += std::string("\xff\xc0\0\x0b\x8\0\x8\0\x8\1\1\x11\0\xff\xda\0\x8\1\1\0\0\x3f\0", 23);
      file = jpeg_with_segment(file, 0xc4, code(0x00, table == 0x00 ? static_cast<char>(size) : '\1'));
      file = jpeg_with_segment(file, 0xc4, code(0x10, table == 0x10 ? static_cast<char>(size) : '\1'));
      file = jpeg_with_segment(file, 0xdb, std::string(1, '\0') + std::string(64, '\1'));
      // The DC, one AC coefficient and the end of the block: 10 and bits of 1, or 0.
      std::string bits = table == 0x00 ? "10" + std::string(static_cast<std::size_t>(size), '1') + "0"
                                       : "0"
                                         "10" +
                                             std::string(static_cast<std::size_t>(size), '1') + "0";
      bits.resize((bits.size() + 7) / 8 * 8, '1');
      for (std::size_t i = 0; i < bits.size(); i += 8) {
        const auto byte = static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
        file += byte;
        if (byte == '\xff') file += '\0';
      }
      file += "\xff\xd9";
      EXPECT_TRUE(libjpeg_coefficients(file)) << size;
      EXPECT_EQ(is_ours(file), size <= (table == 0x00 ? 11 : 10)) << table << " of " << size;
    }
}

void damage(std::string& file, std::size_t data, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::size_t at = data + below(file.size() - data);
  switch (below(6)) {
    case 0:
      file[below(data)] = static_cast<char>(below(256));
      break;
    case 1:
      file[at] = static_cast<char>(below(256));
      break;
    case 2:
      file[at] = static_cast<char>(file[at] ^ 1 << below(8));
      break;
    case 3:
      file.insert(at, 1, static_cast<char>(below(256)));
      break;
    case 4:
      file.erase(at, 1);
      break;
    default:
      file.replace(at, 2, {'\xff', static_cast<char>(0xd0 + below(10))});
      break;
  }
}

// Whatever is done to a file: what we take, libjpeg-turbo takes without a warning, and its coefficients are ours.
TEST(JpegDamage, WhatIsTakenIsWhatLibjpegTakes) {
  std::mt19937 random(1);
  codec::jpeg::CoefficientReader reader;
  int taken = 0;
  for (const JpegShape& shape : {JpegShape{.width = 40, .height = 40},
                                 {.width = 40, .height = 40, .restart = 2},
                                 {.width = 50, .height = 30, .h = 1, .optimised = true},
                                 {.channels = 1, .quality = 98}}) {
    const std::string good = make_jpeg(shape);
    const std::size_t data = data_at(good);
    for (int i = 0; i < 3000; ++i) {
      std::string file = good;
      for (std::size_t n = 1 + random() % 3; n > 0; --n) damage(file, data, random);
      const auto ours = our_coefficients(file, reader);
      if (!ours) continue;
      ++taken;
      const auto wanted = libjpeg_coefficients(file);
      ASSERT_TRUE(wanted) << text_of(shape) << " " << i;
      for (std::size_t c = 0; c < wanted->components.size(); ++c)
        ASSERT_EQ(ours->components[c].blocks, wanted->components[c].blocks) << text_of(shape) << " " << i;
    }
  }
  EXPECT_GT(taken, 500);
}

}  // namespace
}  // namespace fovea
