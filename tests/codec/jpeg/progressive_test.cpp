// Coefficients of progressive JPEGs beside libjpeg-turbo's, and which of these files are left to it.
#include <gtest/gtest.h>

#include "support/hostile_pictures.h"
#include "support/jpeg_maker.h"
#include "support/jpeg_segments.h"
#include "support/same_coefficients.h"

namespace fovea {
namespace {

using namespace test;

jpeg_scan_info dc(std::initializer_list<int> components, int high, int low) {
  jpeg_scan_info scan{static_cast<int>(components.size()), {}, 0, 0, high, low};
  std::copy(components.begin(), components.end(), scan.component_index);
  return scan;
}
jpeg_scan_info ac(int component, int first, int last, int high, int low) {
  return {1, {component}, first, last, high, low};
}

std::string grey(const std::vector<jpeg_scan_info>& scans, int noise = 40) {
  return make_jpeg({.channels = 1, .quality = 95, .progressive = true, .noise = noise, .scans = scans});
}

bool is_ours(const std::string& file) {
  codec::jpeg::CoefficientReader reader;
  return our_coefficients(file, reader).has_value();
}

TEST(JpegProgressive, CoefficientsAreLibjpegsForEverySamplingSizeAndRestartInterval) {
  for (const int sampling : {0x11, 0x21, 0x12, 0x22})
    for (const int quality : {5, 75, 100})
      for (const int restart : {0, 1, 3, 50})
        for (const int width : {1, 17, 150}) {
          const JpegShape shape{.width = width,
                                .height = 70,
                                .h = sampling >> 4,
                                .v = sampling & 15,
                                .quality = quality,
                                .restart = restart,
                                .progressive = true};
          expect_ours(make_jpeg(shape), text_of(shape));
        }
  expect_ours(picture_file("progressive.jpg"), "progressive.jpg");
  expect_ours(make_jpeg({.width = 601, .height = 411, .quality = 97, .progressive = true}), "large");
}

TEST(JpegProgressive, BandsAndBitsMayComeInAnyOrder) {
  for (const int noise : {0, 2, 40, 127}) {
    expect_ours(grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 0)}, noise), "spectral selection alone");
    expect_ours(grey({dc({0}, 0, 0), ac(0, 6, 63, 0, 0), ac(0, 1, 5, 0, 0)}, noise), "the upper band first");
    expect_ours(grey({dc({0}, 0, 3), ac(0, 1, 63, 0, 3), dc({0}, 3, 2), ac(0, 1, 63, 3, 2), ac(0, 1, 63, 2, 1),
                      dc({0}, 2, 1), dc({0}, 1, 0), ac(0, 1, 63, 1, 0)},
                     noise),
                "four bits one by one");
    expect_ours(
        grey({dc({0}, 0, 0), ac(0, 63, 63, 0, 1), ac(0, 1, 1, 0, 0), ac(0, 2, 62, 0, 0), ac(0, 63, 63, 1, 0)}, noise),
        "bands of one coefficient");
    expect_ours(
        grey({dc({0}, 0, 0), ac(0, 1, 20, 0, 2), ac(0, 21, 63, 0, 1), ac(0, 1, 20, 2, 1), ac(0, 1, 63, 1, 0)}, noise),
        "a refinement across bands");
  }
}

TEST(JpegProgressive, ComponentsMayHaveTheirDcsApart) {
  const std::vector<jpeg_scan_info> scans{dc({1}, 0, 1),      dc({0, 2}, 0, 0),   ac(2, 1, 63, 0, 0),
                                          ac(0, 1, 63, 0, 1), ac(1, 1, 63, 0, 0), ac(0, 1, 63, 1, 0),
                                          dc({1}, 1, 0)};
  expect_ours(make_jpeg({.width = 99, .height = 35, .progressive = true, .scans = scans}), "DCs apart");
}

TEST(JpegProgressive, FilesThatLeaveBitsUnsaidAreNotOurs) {
  const std::string bits = grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 1)}), band = grey({dc({0}, 0, 0), ac(0, 1, 62, 0, 0)});
  for (const std::string& file : {bits, band, grey({dc({0}, 0, 1), ac(0, 1, 63, 0, 0)})}) {
    EXPECT_TRUE(libjpeg_coefficients(file));
    EXPECT_FALSE(is_ours(file));
  }
}

TEST(JpegProgressive, ScansThatSayWhatIsKnownAreNotOurs) {
  const std::string good = grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 1), ac(0, 1, 63, 1, 0)});
  ASSERT_TRUE(is_ours(good));
  EXPECT_FALSE(is_ours(jpeg_repeating_last_scan(good, 1)));
  EXPECT_FALSE(is_ours(jpeg_repeating_last_scan(grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 0)}), 1)));
  // AC before DC, of which libjpeg warns.
  const std::string file = grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 0)});
  const std::size_t scan = file.find("\xff\xda"), next = file.find("\xff\xc4", scan), end = file.size() - 2;
  const std::string swapped =
      file.substr(0, scan) + file.substr(next, end - next) + file.substr(scan, next - scan) + file.substr(end);
  EXPECT_FALSE(libjpeg_coefficients(swapped));
  EXPECT_FALSE(is_ours(swapped));
}

TEST(JpegProgressive, ScanHeadersThatCannotBeAreNotOurs) {
  const std::string good = grey({dc({0}, 0, 0), ac(0, 1, 63, 0, 0)});
  const std::size_t last = good.rfind("\xff\xda") + 7;  // first, last, and the bits of the AC scan
  EXPECT_FALSE(is_ours(with(good, last, std::string("\0", 1)))) << "a DC scan to 63";
  EXPECT_FALSE(is_ours(with(good, last + 1, "\x40"))) << "to 64";
  EXPECT_FALSE(is_ours(with(good, last + 2, "\x20"))) << "two bits at once";
  EXPECT_FALSE(is_ours(with(good, last + 2, "\x0e"))) << "14 bits less";
  EXPECT_FALSE(is_ours(with(good, last, "\x3f\1"))) << "backwards";
  EXPECT_FALSE(is_ours(with(good, last - 1, "\x01"))) << "a code that is not defined";
}

TEST(JpegProgressive, EveryCutIsNoticed) {
  const std::string good = make_jpeg({.width = 20, .height = 20, .progressive = true});
  ASSERT_TRUE(is_ours(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(is_ours(good.substr(0, size))) << size;
    EXPECT_FALSE(size < good.size() - 2 && is_ours(good.substr(0, size) + "\xff\xd9")) << size;
  }
}

TEST(JpegProgressive, RunsOutOfTheirBandsAreLeftToLibjpeg) {
  const std::string good = grey({dc({0}, 0, 0), ac(0, 1, 5, 0, 0), ac(0, 6, 63, 0, 0)});
  int taken = 0;
  std::string damaged = good;
  const std::size_t from = good.find("\xff\xda"), to = good.size() - 2;
  codec::jpeg::CoefficientReader reader;
  for (std::size_t at = from; at < to; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      damaged[at] = static_cast<char>(good[at] ^ 1 << bit);
      if (const auto ours = our_coefficients(damaged, reader)) {
        ++taken;
        const auto wanted = libjpeg_coefficients(damaged);
        ASSERT_TRUE(wanted) << at;
        ASSERT_EQ(ours->components[0].blocks, wanted->components[0].blocks) << at << " " << bit;
      }
      damaged[at] = good[at];
    }
  EXPECT_GT(taken, 10);
}

// A file of all kinds of scans, one bit wrong: what we take, libjpeg takes, and to the same coefficients.
TEST(JpegProgressive, OneWrongBitMakesNoOtherCoefficients) {
  const std::string good = make_jpeg({.width = 24, .height = 17, .restart = 1, .progressive = true});
  std::string damaged = good;
  codec::jpeg::CoefficientReader reader;
  int taken = 0;
  for (std::size_t at = 2; at < good.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      damaged[at] = static_cast<char>(good[at] ^ 1 << bit);
      if (const auto ours = our_coefficients(damaged, reader)) {
        ++taken;
        const auto wanted = libjpeg_coefficients(damaged);
        ASSERT_TRUE(wanted) << at;
        for (std::size_t c = 0; c < wanted->components.size(); ++c)
          ASSERT_EQ(ours->components[c].blocks, wanted->components[c].blocks) << at << " " << bit;
      }
      damaged[at] = good[at];
    }
  EXPECT_GT(taken, 100);
}

TEST(JpegProgressive, OfDcOnlyOtherScansAreNotRead) {
  const std::string good = make_jpeg({.width = 99, .height = 75, .restart = 3, .progressive = true});
  codec::jpeg::CoefficientReader reader;
  const auto ours = our_coefficients(good, reader, {true, false, true}), wanted = libjpeg_coefficients(good);
  ASSERT_TRUE(ours && wanted);
  EXPECT_EQ(ours->components[0].blocks, dcs_of(wanted->components[0].blocks));
  EXPECT_EQ(ours->components[1].blocks, wanted->components[1].blocks);
  EXPECT_EQ(ours->components[2].blocks, dcs_of(wanted->components[2].blocks));
  ASSERT_TRUE(reader.open(bytes_of(good)));
  EXPECT_EQ(reader.coefficient_bytes({true, false, true}), 2 * (14 * 10 + 7 * 5 * 64 + 7 * 5));
  EXPECT_FALSE(our_coefficients(good.substr(0, good.size() - 2), reader, {true, true, true})) << "no end marker";
}

}  // namespace
}  // namespace fovea
