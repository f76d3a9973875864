#include <gtest/gtest.h>

#include "model/format/format.h"
#include "support/file_bytes.h"

namespace fovea {
namespace {

std::string safetensors(const std::string& header, std::size_t body) {
  return test::little_endian<std::uint64_t>(header.size()) + header + std::string(body, '\1');
}
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets, std::size_t body) {
  return safetensors("{" + entry("t", dtype, shape, offsets) + "}", body);
}

struct Case {
  const char* what;
  std::string bytes;
  Errc code;
  const char* words;
};

std::vector<Case> hostile() {
  const std::string good = entry("t", "F32", "[2]", "[0,8]");
  const std::string deep = "{\"t\":{\"dtype\":\"F32\",\"shape\":" + std::string(100000, '[');
  return {
      {"header beyond the file", test::little_endian<std::uint64_t>(100) + "{}", Errc::truncated,
       "header of 100 bytes"},
      {"header above 100 MB", test::little_endian<std::uint64_t>(100'000'001) + "{}", Errc::limit_metadata,
       "100000001"},
      {"header of 2^64-1", test::little_endian(~std::uint64_t{0}) + "{}", Errc::limit_metadata, "18446744073709551615"},
      {"header of 0", safetensors("", 0), Errc::model_format, "begins with {"},
      {"not UTF-8", safetensors("{\"\xff\xfe\":1}", 0), Errc::corrupt, "UTF-8"},
      {"white space first", safetensors(" {}", 0), Errc::model_format, "begins with {"},
      {"an array", safetensors("[]", 0), Errc::model_format, "begins with {"},
      {"unfinished", safetensors("{\"t\":", 0), Errc::corrupt, "JSON"},
      {"zero byte hides the rest", safetensors(std::string("{}\0{", 4), 0), Errc::corrupt, "zero byte"},
      {"two documents", safetensors("{}{}", 0), Errc::corrupt, "JSON"},
      {"name twice", safetensors("{" + good + "," + good + "}", 8), Errc::corrupt, "twice"},
      {"field twice", safetensors(R"({"t":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8),
       Errc::corrupt, "once each"},
      {"unknown field", safetensors(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", 8),
       Errc::corrupt, "'x'"},
      {"missing field", safetensors(R"({"t":{"dtype":"F32","shape":[2]}})", 8), Errc::corrupt, "fewer fields"},
      {"depth bomb", safetensors(deep, 0), Errc::limit_metadata, "nesting"},
      {"object bomb", safetensors("{\"a\":{\"b\":{", 0), Errc::corrupt, "'b'"},
      {"trailing bytes", one("F32", "[2]", "[0,8]", 9), Errc::corrupt, "1 more"},
      {"buffer cut short", one("F32", "[2]", "[0,8]", 7), Errc::truncated, "got 7"},
      {"hole", safetensors("{" + good + "," + entry("u", "U8", "[1]", "[9,10]") + "}", 10), Errc::corrupt, "hole"},
      {"hole at the start", one("F32", "[2]", "[4,12]", 12), Errc::corrupt, "hole"},
      {"overlap", safetensors("{" + good + "," + entry("u", "U8", "[4]", "[4,8]") + "}", 8), Errc::corrupt, "overlap"},
      {"same bytes twice", safetensors("{" + good + "," + entry("u", "F32", "[2]", "[0,8]") + "}", 8), Errc::corrupt,
       "overlap"},
      {"end before begin", one("F32", "[2]", "[8,0]", 8), Errc::corrupt, "in order"},
      {"one offset", one("F32", "[2]", "[8]", 8), Errc::corrupt, "two data_offsets"},
      {"three offsets", one("F32", "[2]", "[0,8,8]", 8), Errc::corrupt, "two data_offsets"},
      {"no offsets", one("F32", "[2]", "[]", 8), Errc::corrupt, "two data_offsets"},
      {"negative offset", one("F32", "[2]", "[-8,0]", 8), Errc::corrupt, "negative"},
      {"offset 2^64", one("F32", "[2]", "[0,18446744073709551616]", 8), Errc::corrupt, "above 2^64"},
      {"offset 2^64-1", one("F32", "[2]", "[18446744073709551608,18446744073709551615]", 8), Errc::tensor_size,
       "8 bytes"},
      {"negative extent", one("F32", "[-2]", "[0,8]", 8), Errc::corrupt, "negative"},
      {"fractional extent", one("F32", "[2.0]", "[0,8]", 8), Errc::corrupt, "fraction"},
      {"textual extent", one("F32", "[\"2\"]", "[0,8]", 8), Errc::corrupt, "a string"},
      {"seventeen axes", one("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]", 1), Errc::tensor_size, "16 axes"},
      {"unknown type", one("F99", "[2]", "[0,8]", 8), Errc::unsupported, "tensor 't'"},
      {"F8", one("F8_E4M3", "[8]", "[0,8]", 8), Errc::unsupported, "'F8_E4M3'"},
      {"U32", one("U32", "[2]", "[0,8]", 8), Errc::unsupported, "'U32'"},
      {"U64", one("U64", "[1]", "[0,8]", 8), Errc::unsupported, "'U64'"},
      {"shape and bytes disagree", one("F32", "[3]", "[0,8]", 8), Errc::tensor_size, "12 bytes"},
      {"product overflows", one("F32", "[4294967296,4294967296]", "[0,0]", 0), Errc::tensor_size, "2^63"},
      {"product overflows with a zero", one("F32", "[4294967296,4294967296,0]", "[0,0]", 0), Errc::tensor_size, "2^63"},
      {"extent 2^63", one("U8", "[9223372036854775808]", "[0,8]", 8), Errc::tensor_size, "2^63"},
      {"metadata of numbers", safetensors(R"({"__metadata__":{"a":1}})", 0), Errc::corrupt, "object of strings"},
      {"metadata is no object", safetensors(R"({"__metadata__":[]})", 0), Errc::corrupt, "object of strings"},
      {"metadata key twice", safetensors(R"({"__metadata__":{"a":"1","a":"2"}})", 0), Errc::corrupt, "twice"},
      {"tensor is null", safetensors(R"({"t":null})", 0), Errc::corrupt, "null"},
      {"boolean of 2", safetensors("{" + entry("b", "BOOL", "[1]", "[0,1]") + "}", 0) + "\2", Errc::corrupt, "0 and 1"},
      {"name with control bytes", safetensors(R"({"a\u0007\u001b[2J":null})", 0), Errc::corrupt, R"(a\x07\x1b[2J)"},
  };
}

TEST(Safetensors, HostileFilesAreRefusedByCode) {
  for (const Case& c : hostile()) {
    SCOPED_TRACE(c.what);
    const auto dict = model::parse_state_dict(test::file_bytes(c.bytes));
    ASSERT_FALSE(dict);
    EXPECT_EQ(dict.error().code(), c.code) << dict.error().what();
    EXPECT_NE(std::string(dict.error().what()).find(c.words), std::string::npos) << dict.error().what();
    EXPECT_LT(std::string(dict.error().what()).size(), 400u);
  }
}

TEST(Safetensors, WellFormedEdges) {
  const auto empty = model::parse_state_dict(test::file_bytes(safetensors("{}", 0)));
  ASSERT_TRUE(empty) << empty.error().what();
  EXPECT_TRUE(empty.value().tensors.empty());
  EXPECT_TRUE(model::parse_state_dict(test::file_bytes(safetensors("{}  \n\t ", 0))));
  const auto scalar = model::parse_state_dict(test::file_bytes(one("F64", "[]", "[0,8]", 8)));
  ASSERT_TRUE(scalar) << scalar.error().what();
  EXPECT_EQ(scalar.value().tensors.at("t").size(), 1);
  const auto none = model::parse_state_dict(test::file_bytes(one("F64", "[3,0]", "[0,0]", 0)));
  ASSERT_TRUE(none) << none.error().what();
  EXPECT_EQ(none.value().tensors.at("t").shape(), (Shape{3, 0}));
}

TEST(Safetensors, PrefixesGoOnlyWhenEveryNameHasThem) {
  const auto names = [](const std::string& a, const std::string& b) {
    const auto dict = model::parse_state_dict(test::file_bytes(
        safetensors("{" + entry(a, "U8", "[1]", "[0,1]") + "," + entry(b, "U8", "[1]", "[1,2]") + "}", 2)));
    std::vector<std::string> found;
    for (const auto& [key, tensor] : dict.value().tensors) found.push_back(key);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("module.a", "module.b"), (Names{"a", "b"}));
  EXPECT_EQ(names("module._orig_mod.a", "module._orig_mod.b"), (Names{"a", "b"}));
  EXPECT_EQ(names("module.a", "b"), (Names{"b", "module.a"}));
  EXPECT_EQ(names("module.", "module.b"), (Names{"module.", "module.b"}));
  EXPECT_EQ(names("modules.a", "modules.b"), (Names{"modules.a", "modules.b"}));
}

}  // namespace
}  // namespace fovea
