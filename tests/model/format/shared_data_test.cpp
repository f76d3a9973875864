#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "fovea/model.h"
#include "support/test_data.h"

namespace fovea {
namespace {

std::string shared(const std::string& name) {
  return test::shared_data(name).string();
}

#define NEED(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path

// The format's own test files. One verdict differs from its Rust reader: white space before { is refused, as its
// specification says.
TEST(SharedData, MalformedSafetensors) {
  const std::string folder = shared("malformed/safetensors/test_");
  NEED(folder + "deserialization_1.safetensors");
  const std::map<std::string, Errc> refused{
      {"metadata_incomplete_buffer_1", Errc::corrupt}, {"metadata_incomplete_buffer_2", Errc::truncated},
      {"header_too_large_1", Errc::limit_metadata},    {"header_too_small_1", Errc::empty},
      {"invalid_header_length_1", Errc::truncated},    {"invalid_header_non_utf8_1", Errc::model_format},
      {"invalid_header_not_json_1", Errc::corrupt},    {"whitespace_leading_padded_header_1", Errc::model_format},
      {"invalid_info_1", Errc::tensor_size},           {"validation_overflow_1", Errc::tensor_size},
      {"validation_overflow_2", Errc::tensor_size}};
  for (const auto& [name, code] : refused) {
    const auto dict = load_state_dict(folder + name + ".safetensors");
    ASSERT_FALSE(dict) << name;
    EXPECT_EQ(dict.error().code(), code) << name << ": " << dict.error().what();
  }
  const std::map<std::string, std::size_t> taken{{"empty_shapes_allowed_1", 1},
                                                 {"deserialization_1", 1},
                                                 {"lifetimes_1", 1},
                                                 {"whitespace_padded_header_1", 0},
                                                 {"zero_sized_tensor_1", 1}};
  for (const auto& [name, count] : taken) {
    const auto dict = load_state_dict(folder + name + ".safetensors");
    ASSERT_TRUE(dict) << name << ": " << dict.error().what();
    EXPECT_EQ(dict.value().tensors.size(), count) << name;
  }
}

TEST(SharedData, MalformedTorchFiles) {
  const std::string folder = shared("malformed/pth/");
  NEED(folder + "tar_resnet18-5c106cde.pth");
  const auto tar = load_state_dict(folder + "tar_resnet18-5c106cde.pth");
  EXPECT_EQ(tar.error().code(), Errc::unsupported);
  EXPECT_NE(std::string(tar.error().what()).find("tar format"), std::string::npos) << tar.error().what();
  EXPECT_EQ(load_state_dict(folder + "truncated-zip_resnet18-f37072fd.pth").error().code(), Errc::truncated);
}

// Values as torch.load gives them.
TEST(SharedData, Resnet50) {
  NEED(shared("models/resnet50.pth"));
  const auto dict = load_state_dict(shared("models/resnet50.pth"));
  ASSERT_TRUE(dict) << dict.error().what();
  const auto& tensors = dict.value().tensors;
  EXPECT_EQ(dict.value().format, "pth");
  EXPECT_EQ(tensors.size(), 320u);
  EXPECT_EQ(tensors.at("fc.weight").shape(), (Shape{1000, 2048}));
  const auto conv = tensors.at("conv1.weight").span<float>();
  EXPECT_EQ(conv[0], 0.645031273f);
  EXPECT_EQ(conv[9407], -1.90129316f);
  EXPECT_EQ(tensors.at("layer4.2.bn3.running_var").span<float>()[2047], 0.0221677981f);
  EXPECT_EQ(tensors.at("fc.bias").span<float>()[999], 0.0186107028f);
  EXPECT_EQ(tensors.at("bn1.num_batches_tracked").dtype(), DType::i64);
}

TEST(SharedData, LegacyResnet20) {
  NEED(shared("models/resnet20_cifar10_legacy.th"));
  const auto dict = load_state_dict(shared("models/resnet20_cifar10_legacy.th"));
  ASSERT_TRUE(dict) << dict.error().what();
  const auto& tensors = dict.value().tensors;
  EXPECT_EQ(dict.value().format, "pth (legacy)");
  EXPECT_EQ(tensors.size(), 97u);
  EXPECT_EQ(tensors.at("conv1.weight").shape(), (Shape{16, 3, 3, 3}));
  EXPECT_EQ(tensors.at("conv1.weight").span<float>()[0], -0.138181463f);
  EXPECT_EQ(tensors.at("linear.weight").span<float>()[639], 0.226676971f);
  EXPECT_EQ(tensors.at("layer3.2.bn2.running_var").span<float>()[63], 0.175081328f);
}

}  // namespace
}  // namespace fovea
