// Each limit at the size of a file and one below it.
#include <gtest/gtest.h>

#include "codec/codec.h"
#include "fovea/memory_adaptors.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

struct Case {
  const char* name;
  Errc code;
  std::string file;
  void (*set)(Limits&, std::int64_t);
  std::int64_t needed;  // the smallest limit that lets the file through
};

std::vector<Case> cases() {
  const auto pixels = [](Limits& limits, std::int64_t v) { limits.max_pixels = v; };
  const auto side = [](Limits& limits, std::int64_t v) { limits.max_side = v; };
  const auto encoded = [](Limits& limits, std::int64_t v) { limits.max_encoded_bytes = v; };
  const auto decoded = [](Limits& limits, std::int64_t v) { limits.max_decoded_bytes = v; };
  const auto metadata = [](Limits& limits, std::int64_t v) { limits.max_metadata_bytes = v; };
  const auto scans = [](Limits& limits, std::int64_t v) { limits.max_scans = static_cast<int>(v); };
  const auto chunks = [](Limits& limits, std::int64_t v) { limits.max_chunks = static_cast<int>(v); };
  std::vector<Case> all;
  for (const char* name :
       {"rgb_420.jpg", "rgb8_n.png", "lossy.webp", "rgb.tif", "bits_24.bmp", "p6.ppm", "plain.gif"}) {
    const std::string file = picture_file(name);
    all.push_back({name, Errc::limit_pixels, file, pixels, 23 * 15});
    all.push_back({name, Errc::limit_side, file, side, 23});
    all.push_back({name, Errc::limit_bytes, file, encoded, static_cast<std::int64_t>(file.size())});
  }
  for (const char* name : {"rgb_420.jpg", "rgb8_n.png", "bits_24.bmp", "p6.ppm", "plain.gif"})
    all.push_back({name, Errc::limit_bytes, picture_file(name), decoded, 23 * 15 * 3});
  const std::string gray = make_png({1, 1, 8, 0, false}, {7}, png_chunk("tEXt", "abcde"));
  all.push_back({"png", Errc::limit_metadata, gray, metadata, 17});
  all.push_back({"png", Errc::limit_metadata, gray, chunks, 4});
  const std::string bare = picture_file("rgb_stored.jpg").substr(0, 2) + picture_file("rgb_stored.jpg").substr(18);
  all.push_back({"jpeg", Errc::limit_metadata, jpeg_with_segment(bare, 0xfe, "abc"), metadata, 5});
  all.push_back({"progressive.jpg", Errc::limit_scans, picture_file("progressive.jpg"), scans, 10});
  return all;
}

TEST(CodecLimits, TheNeededValueIsEnoughAndOneLessIsNot) {
  for (const Case& test : cases()) {
    DecodeOptions options;
    test.set(options.limits, test.needed);
    const Result<DecodedImage> image = decode(bytes_of(test.file), options);
    EXPECT_TRUE(image) << test.name << " " << name(test.code) << " " << image.error().what();
    test.set(options.limits, test.needed - 1);
    EXPECT_TRUE(refused(test.file, test.code, options)) << test.name;
    const Result<ImageInfo> info = probe(bytes_of(test.file), options.limits);
    ASSERT_FALSE(info) << test.name;
    EXPECT_EQ(info.error().code(), test.code) << test.name;
  }
}

// The library's own tables count too.
TEST(CodecLimits, ATiffBelowItsNeedsSaysThatItIsTheLimit) {
  for (const char* name : {"rgb.tif", "palette.tif", "tiles.tif", "rgb_jpeg.tif", "rgb_tiff_lzw.tif"}) {
    const std::string file = picture_file(name);
    DecodeOptions options;
    for (options.limits.max_decoded_bytes = 0; options.limits.max_decoded_bytes < 23 * 15 * 3;
         options.limits.max_decoded_bytes += 5)
      EXPECT_TRUE(refused(file, Errc::limit_bytes, options)) << name << " " << options.limits.max_decoded_bytes;
  }
}

TEST(CodecLimits, OptionsThatMakeNoSenseAreMisuse) {
  DecodeOptions options;
  options.channels = 2;
  EXPECT_THROW(static_cast<void>(decode(bytes_of(picture_file("p6.ppm")), options)), Error);
  options = {};
  options.background = 0x1000000;
  EXPECT_THROW(static_cast<void>(decode(bytes_of(picture_file("p6.ppm")), options)), Error);
}

// Whichever allocation of a decode fails, that is the picture's error, and all that was allocated goes back.
TEST(CodecLimits, EveryAllocationMayFail) {
  for (const char* name : {"rgb_420.jpg", "rgb8_i.png", "rgb8_n.png", "lossy.webp", "rgb.tif", "bits_24.bmp",
                           "rle4.bmp", "p6.ppm", "plain.gif", "orientation_6.jpg"}) {
    const std::string file = picture_file(name);
    for (std::size_t n = 1;; ++n) {
      const auto counts = std::make_shared<StatisticsMemory>(host_memory());
      const auto memory = std::make_shared<FailingMemory>(counts, FailurePlan::once(n));
      const bool decoded = [&] {
        const Result<DecodedImage> image = codec::decode(bytes_of(file), {}, memory);
        EXPECT_TRUE(image || image.error().code() == Errc::out_of_memory) << name << " " << n;
        return static_cast<bool>(image);
      }();
      EXPECT_EQ(counts->statistics().in_use, 0u) << name << " " << n;
      EXPECT_EQ(decoded, memory->failures() == 0) << name << " " << n;
      if (memory->failures() == 0) {
        EXPECT_GT(n, 1u) << name;
        break;
      }
    }
  }
}

TEST(CodecLimits, MemoryThatRefusesIsThePicturesError) {
  const auto memory = std::make_shared<LimitMemory>(host_memory(), 512);
  for (const codec::Codec& format : codec::registry()) {
    const std::string file = picture_file(format.name == "jpeg"   ? "rgb_420.jpg"
                                          : format.name == "png"  ? "rgb8_n.png"
                                          : format.name == "webp" ? "lossy.webp"
                                          : format.name == "tiff" ? "rgb.tif"
                                          : format.name == "bmp"  ? "bits_24.bmp"
                                          : format.name == "pnm"  ? "p6.ppm"
                                                                  : "plain.gif");
    EXPECT_TRUE(format.matches(bytes_of(file))) << format.name;
    EXPECT_FALSE(codec::decode(bytes_of(file), {}, memory)) << format.name;
  }
  EXPECT_EQ(codec::registry().size(), 7u);
}

}  // namespace
}  // namespace fovea
