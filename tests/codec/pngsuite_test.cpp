// Other people's pictures; skipped where they are missing.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/picture.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(PngSuite, ValidFilesDecodeAndBrokenOnesAreErrors) {
  const auto files = files_of(test::shared_data("images/pngsuite/png"), ".png");
  if (files.empty()) GTEST_SKIP() << "no PngSuite";
  for (const fs::path& path : files) {
    const std::string file = test::read_text(path);
    const Result<DecodedImage> image = decode(test::bytes_of(file));
    EXPECT_EQ(static_cast<bool>(image), path.filename().string()[0] != 'x')
        << path.filename() << (image ? "" : image.error().what());
    if (image) {
      const Shape& shape = image.value().pixels.shape();
      EXPECT_TRUE(shape[0] >= 1 && shape[0] <= 40 && shape[1] >= 1 && shape[1] <= 40 && shape[2] == 3);
    }
  }
}

TEST(ExifOrientation, AllEightGiveNearlyOnePicture) {
  for (const std::string name : {"Landscape", "Portrait"}) {
    const fs::path folder = test::shared_data("images/exif-orientation");
    if (!fs::exists(folder / (name + "_1.jpg"))) GTEST_SKIP() << "no orientation pictures";
    const std::string first = test::read_text(folder / (name + "_1.jpg"));
    const Result<DecodedImage> reference = decode(test::bytes_of(first));
    ASSERT_TRUE(reference) << reference.error().what();
    const auto wanted = test::samples_of(reference.value().pixels);
    for (int orientation = 2; orientation <= 8; ++orientation) {
      const std::string file = test::read_text(folder / (name + "_" + std::to_string(orientation) + ".jpg"));
      const Result<DecodedImage> image = decode(test::bytes_of(file));
      ASSERT_TRUE(image) << image.error().what();
      EXPECT_EQ(image.value().info.orientation, orientation);
      ASSERT_EQ(image.value().pixels.shape(), reference.value().pixels.shape()) << name << orientation;
      const auto pixels = test::samples_of(image.value().pixels);
      double sum = 0;
      for (std::size_t i = 0; i < pixels.size(); ++i) sum += std::abs(pixels[i] - wanted[i]);
      EXPECT_LT(sum / static_cast<double>(pixels.size()), 6.0) << name << orientation;
    }
  }
}

TEST(Photographs, AllDecode) {
  const auto files = files_of(test::shared_data("images/imagenet-samples"), ".JPEG");
  if (files.empty()) GTEST_SKIP() << "no photographs";
  for (const fs::path& path : files) {
    const std::string file = test::read_text(path);
    const Result<DecodedImage> image = decode(test::bytes_of(file));
    EXPECT_TRUE(image) << path.filename() << ": " << image.error().what();
  }
}

}  // namespace
}  // namespace fovea
