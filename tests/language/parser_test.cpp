#include <fstream>

#include "language/evaluated.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

using language::excerpt;
using language::Program;

TEST(LanguageTree, IsThatOfPython) {
  std::ifstream file(test_data("language/trees.txt"));
  std::string source, wanted;
  int count = 0;
  while (std::getline(file, source) && std::getline(file, wanted)) {
    EXPECT_EQ(Program(source).parenthesised(), wanted) << source;
    ++count;
  }
  EXPECT_EQ(count, 500);
}

TEST(LanguageTree, OfItsOwnTextIsItself) {
  std::ifstream file(test_data("language/trees.txt"));
  std::string source, wanted;
  while (std::getline(file, source) && std::getline(file, wanted)) EXPECT_EQ(Program(wanted).parenthesised(), wanted);
}

TEST(LanguageTree, KeepsStatementsAndText) {
  EXPECT_EQ(Program("a = x + 1; b = a;b*2;").parenthesised(), "a = (x + 1); b = a; (b * 2)");
  EXPECT_EQ(Program("f('a\\'b\\n\\t\\\\') # f(x)").parenthesised(), "f('a\\'b\\n\\t\\\\')");
  EXPECT_EQ(Program("x\n +\n1 # sum\n").parenthesised(), "(x + 1)");
  EXPECT_EQ(Program("x[None:2, None]").parenthesised(), "x[:2, None]");
}

TEST(LanguageTree, TellsTheNamesItReads) {
  const auto names = Program("b = x*pi; c = b + y; sum(c, axis=k) + x + e + f32").names();
  std::string text;
  for (const auto& name : names) text += name.name + "@" + std::to_string(name.place.offset) + " ";
  EXPECT_EQ(text, "x@4 y@18 k@33 ");
  EXPECT_EQ(Program("x = x + 1; x").names().size(), 1u);
}

TEST(LanguageSyntax, ErrorsPointAtTheirPlace) {
  struct Case {
    std::string source;
    std::size_t offset, length;
    std::string part;
  };
  const std::vector<Case> cases{
      {"", 0, 1, "expected a number, a name or '(', got the end"},
      {"   ", 3, 1, "got the end"},
      {"x +", 3, 1, "column 4: expected a number, a name or '(', got the end"},
      {"x + * y", 4, 1, "got '*'"},
      {"x y", 2, 1, "expected an operator or the end, got 'y'"},
      {"sum(x", 3, 1, "expected ')' for this bracket, got the end"},
      {"(x + [1, 2)", 10, 1, "expected ',' or ']', got ')'"},
      {"x)", 1, 1, "got ')'"},
      {"x[1:2:3:4]", 7, 1, "expected ',' or ']', got ':'"},
      {"x[]", 1, 1, "expected an index or a slice, got []"},
      {"x. 5", 3, 1, "expected a name after '.', got '5'"},
      {"x $ y", 2, 1, "expected a number, a name, text or an operator, got '$'"},
      {"x \xc3\xa9", 2, 2, "got '\xc3\xa9'"},
      {"x \x01", 2, 1, "got '\\x01'"},
      {"f('abc", 2, 1, "expected a closing '"},
      {"f('a\\x')", 4, 2, "after a backslash"},
      {"1x", 1, 1, "expected an operator after a number, got 'x'"},
      {"1.5.2", 3, 2, "got '.2'"},
      {"0x", 0, 2, "expected digits"},
      {"0b12", 3, 1, "got '2'"},
      {"007", 0, 3, "zeros before it"},
      {"1__0", 1, 1, "expected a digit after '_'"},
      {"9223372036854775808", 0, 19, "at most 9223372036854775807"},
      {"1 + 1e999", 4, 5, "of magnitude"},
      {"f(a=1, 2)", 7, 1, "expected only NAME=VALUE after a="},
      {"f(a=1, a=2)", 7, 1, "expected a= once"},
      {"2(3)", 1, 1, "only functions can be called"},
      {"x.f(1)(2)", 6, 1, "only functions can be called"},
      {"-not x", 1, 3, "put 'not ...' in parentheses"},
      {"x = 1", 5, 1, "expected ';' and an expression"},
      {"x = 1;", 6, 1, "expected an expression after what is set"},
      {"True = 1; 2", 0, 4, "expected a name to set, got 'True'"},
      {"x + y = 3", 6, 1, "compared by '=='"},
      {"1 if x else 2", 2, 2, "choose by where"},
      {"x !", 2, 1, "got '!'"},
      {"x; y", 3, 1, "got 'y'"},
      {"a in b", 2, 2, "got 'in'"},
      {"lambda x", 0, 6, "got 'lambda'"},
      {"x\n+\n  *", 6, 1, "line 3, column 3"},
      {"x[...:2]", 5, 1, "expected ',' or ']', got ':'"},
      {"...", 0, 3, "got '...'"},
      {"f(*x)", 2, 1, "got '*'"},
      {"{1}", 0, 1, "got '{'"},
  };
  for (const Case& c : cases) expect_refused(c.source, c.offset, c.length, c.part);
}

TEST(LanguageSyntax, LongAndDeepSourcesAreRefused) {
  const auto deep = [](int n, const std::string& open, const std::string& close) {
    std::string text;
    for (int k = 0; k < n; ++k) text += open;
    text += "1";
    for (int k = 0; k < n; ++k) text += close;
    return text;
  };
  EXPECT_EQ(number(deep(199, "(", ")")), 1);
  expect_refused(deep(200, "(", ")"), 200, 1, "at most 200 levels");
  for (const auto& [open, close] : std::vector<std::pair<std::string, std::string>>{{"(", ")"},
                                                                                    {"[", "]"},
                                                                                    {"-", ""},
                                                                                    {"~", ""},
                                                                                    {"not ", ""},
                                                                                    {"2**", ""},
                                                                                    {"f(", ")"},
                                                                                    {"x[", "]"},
                                                                                    {"f(a=", ")"},
                                                                                    {"x[:", "]"}}) {
    EXPECT_THROW(Program(deep(201, open, close)), language::SourceError) << open;
    EXPECT_THROW(Program(deep(10'000, open, "")), language::SourceError) << open;
  }
  EXPECT_NO_THROW(Program(deep(20'000, "1+", "")));  // grows to the left: no nesting
  EXPECT_NO_THROW(Program("x" + deep(9'000, ".T", "").substr(0, 18'000)));
  expect_refused(std::string(Program::max_source, ' ') + "1", Program::max_source, 1, "at most 65536 bytes");
}

TEST(LanguageExcerpt, HasCaretsUnderThePlace) {
  EXPECT_EQ(excerpt("sum(x) + * y", {9, 1}), "sum(x) + * y\n         ^\n");
  EXPECT_EQ(excerpt("a\nsum(xy)\nb", {6, 2}), "sum(xy)\n    ^^\n");
  EXPECT_EQ(excerpt("x +", {3, 1}), "x +\n   ^\n");
  EXPECT_EQ(excerpt("", {0, 1}), "\n^\n");
  EXPECT_EQ(excerpt("a\tb\x01\x1b[0m", {2, 1}), "a b??[0m\n  ^\n");
  EXPECT_EQ(excerpt("a\n", {2, 1}), "\n^\n");
  EXPECT_EQ(excerpt("ab", {9, 9}), "ab\n  ^\n");
  EXPECT_EQ(excerpt("ab\ncd", {1, 4}), "ab\n ^\n");
  const std::string text = excerpt(std::string(500, 'a') + "!" + std::string(500, 'b'), {500, 1}, 60);
  const auto cut = text.find('\n');
  EXPECT_EQ(cut, 60u);
  EXPECT_EQ(text[text.find('!') + cut + 1], '^');
}

}  // namespace
}  // namespace fovea::test
