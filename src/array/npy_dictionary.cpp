#include "array/npy_dictionary.h"

#include <charconv>
#include <optional>

#include "base/text.h"

namespace fovea {
namespace {

constexpr std::size_t most_axes = 64;  // NumPy's own

Error malformed(const std::string& expected) {
  return Error(Errc::corrupt, "npy header: expected " + expected);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<NpyDictionary> parse() {
    NpyDictionary result;
    bool descr = false, order = false, shape = false;
    if (!take('{')) return malformed("a dictionary");
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) return malformed("'descr', 'fortran_order' and 'shape'");
      std::optional<Error> error;
      if (*key == "descr" && !descr) {
        descr = true;
        error = read_descr(result);
      } else if (*key == "fortran_order" && !order) {
        order = true;
        error = read_order(result);
      } else if (*key == "shape" && !shape) {
        shape = true;
        error = read_shape(result);
      } else {
        return malformed("'descr', 'fortran_order' and 'shape', each once, got '" + escaped(key->substr(0, 40)) + "'");
      }
      if (error) return *error;
      if (take(',')) continue;
      if (take('}')) break;
      return malformed("',' or '}' after a value");
    }
    if (!descr || !order || !shape) return malformed("'descr', 'fortran_order' and 'shape'");
    skip_space();
    if (!text_.empty()) return malformed("nothing after the dictionary");
    return result;
  }

 private:
  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool take(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string> quoted() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
    const std::size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text_.substr(1, end - 1));
    if (value.find('\\') != std::string::npos) return std::nullopt;
    text_.remove_prefix(end + 1);
    return value;
  }

  std::optional<Error> read_descr(NpyDictionary& result) {
    skip_space();
    if (text_.starts_with('['))
      return Error(Errc::unsupported,
                   "npy header: expected one number type, got a structured type; save its fields apart");
    auto value = quoted();
    if (!value) return malformed("a type in quotes as 'descr'");
    result.descr = std::move(*value);
    return std::nullopt;
  }

  std::optional<Error> read_order(NpyDictionary& result) {
    result.fortran = take_word("True");
    if (!result.fortran && !take_word("False")) return malformed("True or False as 'fortran_order'");
    return std::nullopt;
  }

  std::optional<Error> read_shape(NpyDictionary& result) {
    if (!take('(')) return malformed("a tuple as 'shape'");
    while (!take(')')) {
      skip_space();
      std::int64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0) return malformed("extents from 0 to 2^63 - 1 in 'shape'");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (text_.starts_with('L')) text_.remove_prefix(1);  // Python 2's long integers
      if (result.shape.size() == most_axes)
        return malformed("at most " + std::to_string(most_axes) + " axes in 'shape'");
      result.shape.push_back(extent);
      if (take(',')) continue;
      if (result.shape.size() == 1) return malformed("a tuple as 'shape', got a number in parentheses");
      if (take(')')) break;
      return malformed("',' or ')' after an extent");
    }
    return std::nullopt;
  }

  std::string_view text_;
};

}  // namespace

Result<NpyDictionary> parse_npy_dictionary(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace fovea
