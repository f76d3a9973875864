#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "language/token.h"

namespace fovea::language {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Longer signs before those that they begin with.
constexpr std::array<std::string_view, 34> signs{"...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+", "-", "*",
                                                 "/",   "%",  "@",  "&",  "|",  "^",  "~",  "<",  ">",  "(", ")", "[",
                                                 "]",   ",",  ":",  ";",  ".",  "=",  "{",  "}",  "!",  "?"};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    while (skip_blanks(), at_ < source_.size()) {
      const std::size_t begin = at_;
      Token token = next();
      token.place = {begin, at_ - begin};
      tokens.push_back(std::move(token));
    }
    tokens.push_back({Token::Kind::end, {source_.size(), 1}, "", {}});
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    for (; at_ < source_.size(); ++at_) {
      const char c = source_[at_];
      if (c == '#')
        at_ = std::min(source_.find('\n', at_), source_.size()) - 1;
      else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
        return;
    }
  }

  Token next() {
    const char c = peek();
    if (digit(c) || (c == '.' && digit(peek(1)))) return number();
    if (letter(c)) {
      const std::size_t begin = at_;
      while (letter(peek()) || digit(peek())) ++at_;
      return {Token::Kind::name, {}, std::string(source_.substr(begin, at_ - begin)), {}};
    }
    if (c == '\'' || c == '"') return text();
    for (const std::string_view sign : signs)
      if (source_.substr(at_).starts_with(sign)) {
        if (sign == "{" || sign == "}" || sign == "!" || sign == "?") break;
        at_ += sign.size();
        return {Token::Kind::sign, {}, std::string(sign), {}};
      }
    std::size_t length = 1;
    while ((static_cast<unsigned char>(peek(length)) & 0xC0) == 0x80 && length < 4) ++length;
    refuse(source_, {at_, length},
           "expected a number, a name, text or an operator, got '" + escaped(source_.substr(at_, length)) + "'");
  }

  Token text() {
    const std::size_t begin = at_;
    const char quote = source_[at_++];
    std::string text;
    while (peek() != quote) {
      if (at_ >= source_.size() || peek() == '\n')
        refuse(source_, {begin, 1}, std::string("expected a closing ") + quote + ", got the end of the line");
      char c = source_[at_++];
      if (c == '\\') {
        constexpr std::string_view after = "\\'\"nt", meaning = "\\'\"\n\t";
        const auto which = after.find(peek());
        if (at_ >= source_.size() || which == after.npos)
          refuse(source_, {at_ - 1, 2}, R"(expected one of \\ \' \" \n \t after a backslash in text)");
        c = meaning[which];
        ++at_;
      }
      text += c;
    }
    ++at_;
    return {Token::Kind::text, {}, std::move(text), {}};
  }

  // The digits of `allowed`, single underscores between them left out.
  std::string digits(std::string_view allowed) {
    std::string result;
    const std::size_t begin = at_;
    for (; allowed.find(peek()) != allowed.npos || (peek() == '_' && at_ > begin); ++at_) {
      if (at_ >= source_.size()) break;
      if (peek() != '_')
        result += peek();
      else if (allowed.find(peek(1)) == allowed.npos || at_ + 1 >= source_.size())
        refuse(source_, {at_, 1}, "expected a digit after '_' in a number");
    }
    return result;
  }

  Token number() {
    const std::size_t begin = at_;
    const char mark = static_cast<char>(peek(1) | 0x20);
    Token token{Token::Kind::number, {}, "", {}};
    if (peek() == '0' && (mark == 'x' || mark == 'o' || mark == 'b') && peek(1) != '\0') {
      at_ += 2;
      const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : 2;
      const std::string text =
          digits(std::string_view("0123456789abcdefABCDEF").substr(0, base == 16 ? 22u : static_cast<unsigned>(base)));
      if (text.empty()) refuse(source_, {begin, at_ - begin}, "expected digits after the prefix of a number");
      token.value.data = whole(text, base, begin);
    } else {
      token.value.data = decimal(begin);
    }
    if (letter(peek()) || digit(peek()))
      refuse(source_, {at_, 1}, std::string("expected an operator after a number, got '") + peek() + "'");
    return token;
  }

  decltype(Value::data) decimal(std::size_t begin) {
    constexpr std::string_view ten = "0123456789";
    std::string text = digits(ten);
    bool integer = true;
    if (peek() == '.' && !(peek(1) == '.' && peek(2) == '.')) {
      integer = false;
      text += source_[at_++];
      text += digits(ten);
    }
    const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && digit(peek(1 + sign))) {
      integer = false;
      text += 'e';
      if (peek(1) == '-') text += '-';
      at_ += 1 + sign;
      text += digits(ten);
    }
    if (peek() == 'j' || peek() == 'J') {
      ++at_;
      return std::complex<double>(0, real(text, begin));
    }
    if (!integer) return real(text, begin);
    if (text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != text.npos)
      refuse(source_, {begin, at_ - begin}, "expected a number without zeros before it; octal ones begin with 0o");
    return whole(text, 10, begin);
  }

  std::int64_t whole(const std::string& text, int base, std::size_t begin) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (code != std::errc{} || end != text.data() + text.size())
      refuse(source_, {begin, at_ - begin},
             "expected an integer of at most 9223372036854775807; write a larger number with a point");
    return value;
  }

  double real(const std::string& text, std::size_t begin) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size())
      refuse(source_, {begin, at_ - begin}, "expected a number of magnitude 5e-324 to 1.79e308");
    return value;
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

}  // namespace

std::string position(std::string_view source, Place place) {
  const std::string_view before = source.substr(0, std::min(place.offset, source.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::string column = "column " + std::to_string(before.size() - start + 1);
  return line == 1 ? column : "line " + std::to_string(line) + ", " + column;
}

void refuse(std::string_view source, Place place, const std::string& message) {
  throw SourceError(Errc::invalid_argument, "eval: " + position(source, place) + ": " + message, place);
}

std::vector<Token> tokens_of(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace fovea::language
