#pragma once
#include <complex>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/language.h"

namespace fovea::language {

struct Token {
  enum class Kind { end, number, text, name, sign };
  Kind kind = Kind::end;
  Place place;
  std::string text;  // a name, a sign, or what is between quotes
  Value value;       // of a number
};

// The last token is `end`. Throws SourceError.
std::vector<Token> tokens_of(std::string_view source);

// "column 3", or "line 2, column 3" beyond the first line.
std::string position(std::string_view source, Place);

[[noreturn]] void refuse(std::string_view source, Place, const std::string& message);

}  // namespace fovea::language
