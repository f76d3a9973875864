#include <gtest/gtest.h>

#include <cstring>

#include "fovea/npy.h"
#include "fovea/ops.h"

namespace fovea {
namespace {

Array golden(const std::string& name) {
  return load_npy(FOVEA_TEST_DATA_DIR "/resize/" + name + ".npy").value();
}

std::size_t differing_bytes(const Array& a, const Array& b) {
  EXPECT_EQ(a.shape(), b.shape());
  const std::size_t bytes = static_cast<std::size_t>(a.size()) * size_of(a.dtype());
  std::size_t differ = 0;
  for (std::size_t k = 0; k < bytes; ++k) differ += a.data()[k] != b.data()[k];
  return differ;
}

TEST(Resize, EqualsPillowToTheBit) {
  for (const char* size : {"7x5", "64x48", "33x90", "48x48", "1x9", "130x20"})
    for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"}) {
      const Array source = golden(std::string("source_") + size);
      const Array got = ops::apply(
          "resize", {{"height", std::int64_t{29}}, {"width", std::int64_t{21}}, {"filter", std::string(filter)}},
          {&source, 1});
      EXPECT_EQ(differing_bytes(got, golden(std::string(filter) + "_" + size)), 0u) << filter << " " << size;
    }
}

TEST(PrepareImage, EqualsTorchvisionToTheBit) {
  for (const char* variant : {"portable", ""})
    for (const char* size : {"97x61", "61x97", "33x33", "300x35", "40x32", "20x31"}) {
      setenv("FOVEA_VARIANT", variant, 1);
      const Array source = golden(std::string("prepare_source_") + size);
      const Array got =
          ops::apply("prepare_image", {{"resize", std::int64_t{32}}, {"crop", std::int64_t{25}}}, {&source, 1});
      EXPECT_EQ(differing_bytes(got, golden(std::string("prepared_") + size)), 0u) << variant << " " << size;
      unsetenv("FOVEA_VARIANT");
    }
}

// A picture of 64 x 48 that counts as one of 64 x 40: 40 becomes 32, 64 becomes int(51.2), and the middle is cut out.
TEST(PrepareImage, ProportionsMayBeThoseOfALargerPicture) {
  const Array source = golden("source_64x48");
  ops::Params params{{"resize", std::int64_t{32}},
                     {"crop", std::int64_t{32}},
                     {"mean", std::vector<double>{0, 0, 0}},
                     {"std", std::vector<double>{1, 1, 1}}};
  const bool tall = source.shape()[0] > source.shape()[1];
  const std::vector<double> from = tall ? std::vector<double>{64, 40} : std::vector<double>{40, 64};
  const Array resized = ops::apply(
      "resize", {{"height", std::int64_t{tall ? 51 : 32}}, {"width", std::int64_t{tall ? 32 : 51}}}, {&source, 1});
  // (51 - 32) / 2 is 9.5, which rounds to 10.
  const Array square = resized.slice(tall ? 0 : 1, {10, 42}).copy();
  for (const char* variant : {"portable", ""}) {
    setenv("FOVEA_VARIANT", variant, 1);
    params["scaled_from"] = from;
    const Array got = ops::apply("prepare_image", params, {&source, 1});
    unsetenv("FOVEA_VARIANT");
    const auto wanted = square.span<std::uint8_t>();
    const auto values = got.span<float>();
    std::size_t differ = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      differ += values[i % 3 * 1024 + i / 3] != static_cast<float>(wanted[i]) / 255.0f;
    EXPECT_EQ(differ, 0u) << variant;
  }
}

TEST(PrepareImage, RefusesWhatMakesNoSense) {
  const Array picture = Array::zeros({8, 8, 3}, DType::u8), grey = Array::zeros({8, 8, 1}, DType::u8),
              floats = Array::zeros({8, 8, 3}, DType::f32);
  const auto refused = [](const ops::Params& params, const Array& input) {
    EXPECT_THROW(ops::apply("prepare_image", params, {&input, 1}), Error);
  };
  refused({{"resize", std::int64_t{8}}, {"crop", std::int64_t{9}}}, picture);
  refused({{"resize", std::int64_t{0}}}, picture);
  refused({{"filter", std::string("cubic")}}, picture);
  refused({{"std", std::vector<double>{1, 0, 1}}}, picture);
  refused({{"mean", std::vector<double>{0}}}, picture);
  refused({{"scaled_from", std::vector<double>{8}}}, picture);
  refused({{"scaled_from", std::vector<double>{8, 8, 3}}}, picture);
  refused({{"scaled_from", std::vector<double>{8, 0}}}, picture);
  refused({}, grey);
  refused({}, floats);
  refused({}, Array::zeros({0, 8, 3}, DType::u8));
}

}  // namespace
}  // namespace fovea
