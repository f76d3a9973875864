#include <gtest/gtest.h>

#include <cstring>

#include "fovea/ops.h"
#include "fovea/npy.h"

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
  refused({}, grey);
  refused({}, floats);
  refused({}, Array::zeros({0, 8, 3}, DType::u8));
}

}  // namespace
}  // namespace fovea
