#include <gtest/gtest.h>

#include <cstdint>

#include "fovea/npy.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"
#include "support/test_data.h"

namespace fovea {
namespace {

std::string preamble(int major, std::uint32_t length) {
  std::string text = "\x93NUMPY";
  text += static_cast<char>(major);
  text += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) text += static_cast<char>(length >> (8 * i) & 255);
  return text;
}
std::string npy(const std::string& header, std::size_t payload = 0, int major = 1) {
  return preamble(major, static_cast<std::uint32_t>(header.size())) + header + std::string(payload, '\1');
}
std::string dictionary(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}
std::string many(int count) {
  std::string text = "(";
  for (int i = 0; i < count; ++i) text += "1,";
  return text + ")";
}

struct Case {
  std::string what, bytes;
  Errc code;
  std::string part;
};

std::vector<Case> cases() {
  const std::string good = dictionary("'<f4'", "(2,)");
  return {
      {"empty", "", Errc::empty, "empty file"},
      {"another format", "GIF89a.......", Errc::unknown_format, "NUMPY"},
      {"cut in the magic", "\x93NU", Errc::truncated, "10 bytes, got 3"},
      {"cut in the version", "\x93NUMPY\x01", Errc::truncated, "got 7"},
      {"cut in the length", preamble(2, 100).substr(0, 11), Errc::truncated, "12 bytes, got 11"},
      {"version 0", npy(good, 8, 0), Errc::unsupported, "got 0.0"},
      {"version 4", npy(good, 8, 4), Errc::unsupported, "got 4.0"},
      {"version 255", npy(good, 8, 255), Errc::unsupported, "got 255.0"},
      {"minor version", std::string("\x93NUMPY\x01\x07\x02\x00{}", 12), Errc::unsupported, "got 1.7"},
      {"header of 2^32 - 1", preamble(2, 0xFFFFFFFFu) + "{", Errc::limit_metadata, "got 4294967295"},
      {"header over the limit", npy(good + std::string(10000, ' '), 8), Errc::limit_metadata, "at most 10000"},
      {"header cut", npy(good).substr(0, 40), Errc::truncated, "got 30"},
      {"no header", npy(""), Errc::corrupt, "a dictionary"},
      {"code", npy("__import__('os').system('id')\n"), Errc::corrupt, "a dictionary"},
      {"code as a value", npy(dictionary("str('<f4')", "(2,)"), 8), Errc::corrupt, "'descr'"},
      {"code behind", npy(good.substr(0, good.size() - 1) + " or 1\n", 8), Errc::corrupt, "nothing after"},
      {"NUL behind", npy(good + std::string(1, '\0'), 8), Errc::corrupt, "nothing after"},
      {"objects", npy(dictionary("'|O'", "(2,)"), 8), Errc::unsupported, "pickles, which are not read"},
      {"objects without an order", npy(dictionary("'O'", "(2,)"), 8), Errc::unsupported, "pickles"},
      {"structured", npy(dictionary("[('a', '<f4')]", "(2,)"), 8), Errc::unsupported, "structured"},
      {"complex of long doubles", npy(dictionary("'<c32'", "(2,)"), 64), Errc::unsupported, "'<c32'"},
      {"text", npy(dictionary("'<U4'", "(2,)"), 32), Errc::unsupported, "'<U4'"},
      {"u4", npy(dictionary("'<u4'", "(2,)"), 8), Errc::unsupported, "'<u4'"},
      {"no such type", npy(dictionary("'\x1B[m'", "(2,)"), 8), Errc::unsupported, "\\x1b[m"},
      {"empty type", npy(dictionary("''", "(2,)"), 8), Errc::unsupported, "''"},
      {"no byte order", npy(dictionary("'|f4'", "(2,)"), 8), Errc::corrupt, "byte order"},
      {"4 GiB in 80 bytes", npy(dictionary("'|u1'", "(65536, 65536)")), Errc::truncated, "expected 4294967296 bytes"},
      {"shape overflows", npy(dictionary("'<f8'", "(4294967296, 4294967296)")), Errc::corrupt, "2^63"},
      {"shape overflows beside 0", npy(dictionary("'<f8'", "(4294967296, 4294967296, 0)")), Errc::corrupt, "2^63"},
      {"negative", npy(dictionary("'<f4'", "(-2,)"), 8), Errc::corrupt, "'shape'"},
      {"two negatives", npy(dictionary("'<f4'", "(-2, -1)"), 8), Errc::corrupt, "'shape'"},
      {"huge number", npy(dictionary("'<f4'", "(99999999999999999999,)"), 8), Errc::corrupt, "'shape'"},
      {"fraction", npy(dictionary("'<f4'", "(2.0,)"), 8), Errc::corrupt, "'shape'"},
      {"shape as a list", npy(dictionary("'<f4'", "[2]"), 8), Errc::corrupt, "a tuple"},
      {"shape as a number", npy(dictionary("'<f4'", "2"), 8), Errc::corrupt, "a tuple"},
      {"shape in parentheses", npy(dictionary("'<f4'", "(2)"), 8), Errc::corrupt, "number in parentheses"},
      {"shape open", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,"), Errc::corrupt, "'shape'"},
      {"10^3 axes", npy(dictionary("'<f4'", many(1000)), 4), Errc::corrupt, "at most 64 axes"},
      {"10^4 axes", npy(dictionary("'<f4'", many(10000)), 4), Errc::limit_metadata, "at most 10000"},
      {"order as a number", npy(dictionary("'<f4'", "(2,)", "0"), 8), Errc::corrupt, "fortran_order"},
      {"missing key", npy("{'descr': '<f4', 'shape': (2,)}\n", 8), Errc::corrupt, "'fortran_order'"},
      {"key twice", npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 8), Errc::corrupt,
       "each once"},
      {"another key", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8), Errc::corrupt,
       "got 'x'"},
      {"no comma", npy("{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", 8), Errc::corrupt, "','"},
      {"open string", npy("{'descr: 1"), Errc::corrupt, "'descr'"},
      {"open dictionary", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), "), Errc::corrupt, "'descr'"},
      {"body cut", npy(good, 7), Errc::truncated, "expected 8 bytes for shape [2], got 7"},
      {"body longer", npy(good, 9), Errc::corrupt, "expected 8 bytes for shape [2], got 9"},
      {"fortran body cut", npy(dictionary("'<f4'", "(2, 3)", "True"), 20), Errc::truncated, "got 20"},
  };
}

TEST(NpyBad, Table) {
  const test::TemporaryDirectory folder;
  for (const Case& c : cases()) {
    const auto loaded = load_npy(folder.write("a.npy", c.bytes));
    ASSERT_FALSE(loaded) << c.what;
    const std::string message = loaded.error().what();
    EXPECT_EQ(name(loaded.error().code()), name(c.code)) << c.what << ": " << message;
    EXPECT_NE(message.find(c.part), std::string::npos) << c.what << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << c.what;
  }
}

TEST(NpyBad, TheTableStartsFromAGoodFile) {
  const test::TemporaryDirectory folder;
  EXPECT_TRUE(load_npy(folder.write("a.npy", npy(dictionary("'<f4'", "(2,)"), 8))));
}

// Every prefix is refused, and no flipped byte does worse than load or be refused.
TEST(NpyBad, PrefixesAndFlippedBytes) {
  const test::TemporaryDirectory folder;
  const std::string good = test::read_text(test::test_data("npy/fortran.npy"));
  ASSERT_EQ(good.size(), 224u);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(load_npy(folder.write("a.npy", good.substr(0, size)))) << size;
  for (std::size_t at = 0; at < 128; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = good;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      const auto loaded = load_npy(folder.write("a.npy", flipped));
      if (!loaded) continue;
      EXPECT_EQ(loaded.value().size() * static_cast<std::int64_t>(size_of(loaded.value().dtype())), 96);
    }
}

TEST(NpyBad, Files) {
  const test::TemporaryDirectory folder;
  EXPECT_EQ(load_npy(folder.path() / "none.npy").error().code(), Errc::not_found);
  EXPECT_EQ(load_npy(folder.path()).error().code(), Errc::not_a_file);
}

TEST(NpyBad, ObjectArraysOfNumPysOwnTests) {
  for (const char* file : {"py2-np0-objarr.npy", "py2-objarr.npy", "py3-objarr.npy"}) {
    const auto path = test::shared_data(std::string("malformed/npy-object/numpy/lib/tests/data/") + file);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the file is not there";
    const auto loaded = load_npy(path);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::unsupported) << loaded.error().what();
    EXPECT_NE(std::string(loaded.error().what()).find("pickles"), std::string::npos);
  }
}

}  // namespace
}  // namespace fovea
