#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/picture.h"

namespace fovea {
namespace {

TEST(CodecThreads, PicturesDoNotMix) {
  std::vector<std::string> files;
  std::vector<Array> alone;
  for (const char* name : {"rgb_420.jpg", "progressive.jpg", "palette4_i.png", "rgba16_n.png", "lossy_alpha.webp",
                           "rgb_jpeg.tif", "group4.tif", "rle4.bmp", "interlaced.gif", "p5_16.pgm", "float.tif"}) {
    files.push_back(test::picture_file(name));
    const Result<DecodedImage> image = decode(test::bytes_of(files.back()));
    alone.push_back(image ? image.value().pixels : Array());
  }
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 20 * files.size(); ++i) {
        const std::size_t k = (i + t * 3) % files.size();
        const Result<DecodedImage> image = decode(test::bytes_of(files[k]));
        const bool expected = alone[k].ndim() > 0;
        if (static_cast<bool>(image) != expected) ++wrong;
        if (image && expected && test::difference(image.value().pixels, alone[k]) != 0) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace fovea
