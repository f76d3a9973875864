#include "base/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace fovea {
namespace {

struct Case {
  std::string text, expected;
};

TEST(Text, Escaped) {
  const std::vector<Case> cases{
      {"", ""},
      {"plain name.jpg", "plain name.jpg"},
      {"caf\xC3\xA9 \xE7\x8C\xAB \xF0\x9F\x90\x88", "caf\xC3\xA9 \xE7\x8C\xAB \xF0\x9F\x90\x88"},
      {"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"},
      {std::string("nul\0", 4), "nul\\x00"},
      {"\x1B[31mred", "\\x1b[31mred"},
      {"del\x7F", "del\\x7f"},
      {"\xC2\x9B"
       "31m",
       "\\xc2\\x9b31m"},                                  // CSI as a C1 control
      {"\xE2\x80\xAEgpj.exe", "\\xe2\\x80\\xaegpj.exe"},  // right-to-left override
      {"\xE2\x80\xA8", "\\xe2\\x80\\xa8"},                // line separator
      {"back\\x41", "back\\x5cx41"},
      {"\xFF\xFE", "\\xff\\xfe"},
      {"\xC0\xAF", "\\xc0\\xaf"},           // overlong
      {"\xE0\x80\xAF", "\\xe0\\x80\\xaf"},  // overlong
      {"\xED\xA0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"cut \xE7\x8C", "cut \\xe7\\x8c"},
      {"\xE7(", "\\xe7("},
  };
  for (const Case& c : cases) EXPECT_EQ(escaped(c.text), c.expected);
}

// The expected strings are json.dumps(os.fsdecode(bytes), ensure_ascii=False) of Python, but for U+007F and with the
// lone surrogates spelt out.
TEST(Text, JsonQuoted) {
  const std::vector<Case> cases{
      {"", "\"\""},
      {"a b", "\"a b\""},
      {"\"\\/", "\"\\\"\\\\/\""},
      {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
      {std::string("\0\x1F\x7F", 3), "\"\\u0000\\u001f\\u007f\""},
      {"\xC3\xA9\xF0\x9F\x90\x88", "\"\xC3\xA9\xF0\x9F\x90\x88\""},
      {"a\xFF", "\"a\\udcff\""},
      {"\x80z", "\"\\udc80z\""},
      {"\xE7\x8C", "\"\\udce7\\udc8c\""},
      {"\xED\xB2\x80", "\"\\udced\\udcb2\\udc80\""},
      {"\xF0\x9F\x90", "\"\\udcf0\\udc9f\\udc90\""},
  };
  for (const Case& c : cases) EXPECT_EQ(json_quoted(c.text), c.expected);
}

TEST(Text, CsvField) {
  const std::vector<Case> cases{
      {"", ""},
      {"plain", "plain"},
      {" a ", " a "},
      {"a,b", "\"a,b\""},
      {"\"", "\"\"\"\""},
      {"say \"x\"", "\"say \"\"x\"\"\""},
      {"a\nb", "\"a\nb\""},
      {"a\r", "\"a\r\""},
      {"semi;colon", "semi;colon"},
  };
  for (const Case& c : cases) EXPECT_EQ(csv_field(c.text), c.expected);
}

}  // namespace
}  // namespace fovea
