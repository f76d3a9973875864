#include "array/print_float.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "array/element.h"

namespace fovea {
namespace {

std::string scientific_text(double value, int places) {
  std::string text(static_cast<std::size_t>(places) + 16, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*e", places, value)));
  return text;
}

template <class T>
std::string shortest_text(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return {text, end};
}

// Types of 16 bits: the fewest digits that round to the same bits.
std::string shortest_half(double value, DType dtype) {
  std::uint16_t wanted = 0, got = 0;
  store_element("print", value, dtype, &wanted);
  for (int places = 0;; ++places) {
    std::string text = scientific_text(value, places);
    store_element("print", std::strtod(text.c_str(), nullptr), dtype, &got);
    if (got == wanted || places == 16) return text;
  }
}

// d.ddde+XX
std::string shortest_of(double value, DType dtype) {
  if (dtype == DType::f64) return shortest_text(value);
  if (dtype == DType::f32) return shortest_text(static_cast<float>(value));
  return shortest_half(value, dtype);
}

Decimal split(std::string_view text) {
  Decimal result;
  const std::size_t e = text.find('e'), point = text.find('.');
  if (e != text.npos) result.exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  const std::string_view mantissa = text.substr(0, e);
  result.whole = mantissa.substr(0, point);
  if (point != text.npos) result.fraction = mantissa.substr(point + 1);
  return result;
}

Decimal trimmed(Decimal decimal) {
  while (!decimal.fraction.empty() && decimal.fraction.back() == '0') decimal.fraction.pop_back();
  return decimal;
}

}  // namespace

std::string shortest(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

Decimal scientific(double value, DType dtype, int precision) {
  const Decimal result = trimmed(split(shortest_of(value, dtype)));
  if (result.fraction.size() <= static_cast<std::size_t>(precision)) return result;
  return trimmed(scientific_exact(value, precision));
}

Decimal scientific_exact(double value, int places) {
  return split(scientific_text(value, places));
}

Decimal positional(double value, DType dtype, int precision) {
  const Decimal digits = trimmed(split(shortest_of(value, dtype)));
  const int places = static_cast<int>(digits.fraction.size()) - digits.exponent;
  if (places > precision) {
    std::string text(static_cast<std::size_t>(precision) + 400, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", precision, value)));
    return trimmed(split(text));
  }
  const bool negative = digits.whole.front() == '-';
  std::string all = digits.whole.substr(negative ? 1 : 0) + digits.fraction;
  Decimal result;
  if (digits.exponent < 0) {
    result.whole = "0";
    result.fraction = std::string(static_cast<std::size_t>(-digits.exponent - 1), '0') + all;
  } else {
    const std::size_t whole = static_cast<std::size_t>(digits.exponent) + 1;
    if (all.size() < whole) all.resize(whole, '0');
    result.whole = all.substr(0, whole);
    result.fraction = all.substr(whole);
  }
  if (negative) result.whole.insert(0, 1, '-');
  return trimmed(result);
}

}  // namespace fovea
