#include "model/pickle/value.h"

#include <array>

namespace fovea::model::pickle {

std::string_view kind(const Value& value) {
  constexpr std::array<std::string_view, 13> words{
      "None",   "a boolean", "an integer", "a float",          "a string",  "a big integer", "a tuple",
      "a list", "a dict",    "a function", "a storage's type", "a storage", "a tensor"};
  static_assert(words.size() == std::variant_size_v<Value>);
  return words[value.index()];
}

}  // namespace fovea::model::pickle
