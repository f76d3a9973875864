#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "fovea/array.h"
#include "support/test_data.h"

namespace fovea::test {

inline std::vector<std::string> words(const std::string& line) {
  std::istringstream fields(line);
  std::vector<std::string> all;
  for (std::string word; fields >> word;) all.push_back(word);
  return all;
}

inline std::vector<std::int64_t> numbers(const std::string& text) {
  std::istringstream fields(text);
  std::vector<std::int64_t> all;
  for (std::string part; std::getline(fields, part, ',');)
    if (part != "-") all.push_back(std::stoll(part));
  return all;
}

inline std::string hex(const Array& array) {
  const Array all = array.copy();
  const std::size_t bytes = static_cast<std::size_t>(all.size()) * size_of(all.dtype());
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto byte = std::to_integer<unsigned>(all.data()[i]);
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text.empty() ? "-" : text;
}

inline Array from_hex(const std::string& text, Shape shape, DType dtype) {
  Array array = Array::empty(std::move(shape), dtype);
  for (std::size_t i = 0; text != "-" && i + 1 < text.size(); i += 2)
    array.data()[i / 2] = static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16));
  return array;
}

}  // namespace fovea::test
