#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "fovea/model.h"
#include "model/format/format.h"
#include "support/file_bytes.h"
#include "support/read_text.h"

// tests/data/make_weights.py wrote the files with torch and says in expected.tsv what they hold.
namespace fovea {
namespace {

const std::string folder = std::string(FOVEA_TEST_DATA_DIR) + "/weights/";

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

double brain(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

template <class T>
double element(const Array& array, std::int64_t i) {
  T value;
  std::memcpy(&value, array.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

double element(const Array& a, std::int64_t i) {
  switch (a.dtype()) {
    case DType::boolean:
    case DType::u8:
      return element<std::uint8_t>(a, i);
    case DType::i8:
      return element<std::int8_t>(a, i);
    case DType::u16:
      return element<std::uint16_t>(a, i);
    case DType::i16:
      return element<std::int16_t>(a, i);
    case DType::i32:
      return element<std::int32_t>(a, i);
    case DType::i64:
      return element<std::int64_t>(a, i);
    case DType::f32:
      return element<float>(a, i);
    case DType::f64:
      return element<double>(a, i);
    case DType::f16:
      return half(static_cast<std::uint16_t>(element<std::uint16_t>(a, i)));
    case DType::bf16:
      return brain(static_cast<std::uint16_t>(element<std::uint16_t>(a, i)));
    case DType::c64:
    case DType::c128:
      break;  // no file here has any
  }
  return NAN;
}

struct Expected {
  std::string name, dtype, shape;
  int base;
};

std::map<std::string, std::vector<Expected>> expected_files() {
  std::map<std::string, std::vector<Expected>> files;
  std::ifstream in(folder + "expected.tsv");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string file, base;
    Expected e;
    std::getline(fields, file, '\t');
    std::getline(fields, e.name, '\t');
    std::getline(fields, e.dtype, '\t');
    std::getline(fields, e.shape, '\t');
    std::getline(fields, base, '\t');
    e.base = std::stoi(base);
    files[file].push_back(e);
  }
  return files;
}

std::string joined(const Shape& shape) {
  std::string text;
  for (std::int64_t extent : shape) text += (text.empty() ? "" : ",") + std::to_string(extent);
  return text;
}

TEST(WeightsRoundTrip, EveryFileHoldsWhatTorchWrote) {
  const auto files = expected_files();
  ASSERT_EQ(files.size(), 28u);
  for (const auto& [file, tensors] : files) {
    SCOPED_TRACE(file);
    const auto dict = load_state_dict(folder + file);
    ASSERT_TRUE(dict) << dict.error().what();
    EXPECT_EQ(dict.value().format, file.ends_with(".safetensors")  ? "safetensors"
                                   : file.ends_with(".legacy.pth") ? "pth (legacy)"
                                                                   : "pth");
    EXPECT_EQ(dict.value().tensors.size(), tensors.size());
    for (const Expected& e : tensors) {
      SCOPED_TRACE(e.name);
      const auto found = dict.value().tensors.find(e.name);
      ASSERT_NE(found, dict.value().tensors.end());
      const Array& array = found->second;
      EXPECT_EQ(name(array.dtype()), e.dtype == "boolean" ? name(DType::boolean) : e.dtype);
      EXPECT_EQ(joined(array.shape()), e.shape);
      EXPECT_TRUE(array.contiguous());
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.data()) % size_of(array.dtype()), 0u);
      for (std::int64_t i = 0; i < array.size(); ++i)
        EXPECT_EQ(element(array, i), e.dtype == "boolean" ? (e.base + i) % 2 : e.base + i);
    }
  }
}

TEST(WeightsRoundTrip, MetadataOfSafetensors) {
  const auto dict = load_state_dict(folder + "types.safetensors");
  ASSERT_TRUE(dict);
  const std::map<std::string, std::string> expected{{"format", "pt"}, {"note", "\u00e9"}};
  EXPECT_EQ(dict.value().metadata, expected);
}

TEST(WeightsRoundTrip, AlignedTensorsAreViewsOfTheFile) {
  for (const char* file : {"plain.pth", "plain.safetensors"}) {
    const FileBytes bytes = test::file_bytes(test::read_text(folder + file));
    const auto dict = model::parse_state_dict(bytes);
    ASSERT_TRUE(dict) << dict.error().what();
    const std::byte* at = dict.value().tensors.at("conv.weight").data();
    EXPECT_GE(at, bytes.data.get()) << file;
    EXPECT_LT(at, bytes.data.get() + bytes.size) << file;
  }
}

TEST(WeightsRoundTrip, TensorsOutliveTheFile) {
  for (const char* file : {"plain.pth", "deflated.pth", "plain.legacy.pth", "strided.pth"}) {
    Array kept;
    {
      auto dict = model::parse_state_dict(test::file_bytes(test::read_text(folder + file)));
      ASSERT_TRUE(dict) << file;
      kept = dict.value().tensors.begin()->second;
    }
    for (std::int64_t i = 1; i < kept.size(); ++i)
      EXPECT_EQ(element(kept, i), element(kept, 0) + static_cast<double>(i));
  }
}

TEST(WeightsRoundTrip, KindsOfTorchFilesThatAreNotStateDicts) {
  const std::vector<std::tuple<std::string, Errc, std::string>> table{
      {"torchscript.pth", Errc::unsupported, "TorchScript"},
      {"sparse.pth", Errc::unsupported, "torch._utils._rebuild_sparse_tensor"},
      {"whole_model.pth", Errc::pickle_global, "torch.nn.modules.linear.Linear"},
      {"list.pth", Errc::model_format, "a list"}};
  for (const auto& [file, code, words] : table) {
    const auto dict = load_state_dict(folder + file);
    ASSERT_FALSE(dict) << file;
    EXPECT_EQ(dict.error().code(), code) << file << ": " << dict.error().what();
    EXPECT_NE(std::string(dict.error().what()).find(words), std::string::npos) << dict.error().what();
  }
}

TEST(WeightsRoundTrip, EveryPrefixEndsInAnError) {
  for (const char* file : {"plain.pth", "deflated.pth", "plain.legacy.pth", "protocol4.legacy.pth", "types.safetensors",
                           "plain.safetensors"}) {
    const std::string whole = test::read_text(folder + file);
    ASSERT_TRUE(model::parse_state_dict(test::file_bytes(whole))) << file;
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(model::parse_state_dict(test::file_bytes(whole.substr(0, size)))) << file << " cut at " << size;
  }
}

// Not every flip can be noticed, but none may do harm: this is for the sanitizers, and for exceptions that escape.
TEST(WeightsRoundTrip, EveryFlippedByteIsHarmless) {
  int refused = 0;
  for (const char* file : {"plain.pth", "deflated.pth", "nested.legacy.pth", "strided.pth", "types.safetensors"}) {
    const std::string whole = test::read_text(folder + file);
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const char change : {'\x01', '\x80', '\xff'}) {
        std::string bytes = whole;
        bytes[i] = static_cast<char>(bytes[i] ^ change);
        refused += model::parse_state_dict(test::file_bytes(bytes)) ? 0 : 1;
      }
  }
  EXPECT_GT(refused, 1000);
}

TEST(StateDictFormat, SaysWhatOtherFilesAre) {
  const std::vector<std::tuple<std::string, Errc, std::string>> table{
      {"", Errc::empty, "0 bytes"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", Errc::model_format, "git lfs pull"},
      {"\n <!DOCTYPE html><html><body>404</body></html>", Errc::model_format, "HTML"},
      {"<HTML><head></head></HTML>", Errc::model_format, "HTML"},
      {std::string("\x08\x07\x12\x07pytorch\x1a\x04", 13), Errc::model_format, "ONNX"},
      {std::string("\x89HDF\r\n\x1a\n") + std::string(90, 'x'), Errc::model_format, "HDF5"},
      {"\x1f\x8b\x08 gzip of something", Errc::model_format, "gzip"},
      {"\x80\x03}q\x01.........", Errc::model_format, "torch.save"},
      {"some text that is no model at all", Errc::model_format, "no reader knows"}};
  for (const auto& [bytes, code, words] : table) {
    const auto dict = model::parse_state_dict(test::file_bytes(bytes));
    ASSERT_FALSE(dict) << words;
    EXPECT_EQ(dict.error().code(), code) << dict.error().what();
    EXPECT_NE(std::string(dict.error().what()).find(words), std::string::npos) << dict.error().what();
  }
}

TEST(StateDictFormat, MissingFileAndFolder) {
  EXPECT_EQ(load_state_dict(folder + "absent.pth").error().code(), Errc::not_found);
  EXPECT_EQ(load_state_dict(folder).error().code(), Errc::not_a_file);
}

}  // namespace
}  // namespace fovea
