#include "base/text.h"

#include <cstddef>
#include <cstdint>

namespace fovea {
namespace {

constexpr char digits[] = "0123456789abcdef";

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: not well-formed UTF-8 here
};

// The bounds of the second byte keep out overlong forms, surrogates and what lies beyond U+10FFFF (Unicode, table 3-7).
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) return {};
  std::uint32_t value = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  return {value, length};
}

// C0, DEL and C1 controls, line separators, and the marks that reorder text on a screen.
bool harmful(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x61C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_hex(std::string& out, std::string_view prefix, unsigned char byte) {
  out += prefix;
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

void append_json(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        append_hex(out, "\\u00", static_cast<unsigned char>(c));
      else
        out += c;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const std::string_view bytes = text.substr(0, point.bytes == 0 ? 1 : point.bytes);
    if (point.bytes == 0 || point.value == '\\' || harmful(point.value))
      for (char c : bytes) append_hex(out, "\\x", static_cast<unsigned char>(c));
    else
      out += bytes;
    text.remove_prefix(bytes.size());
  }
  return out;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (point.bytes == 0)
      append_hex(out, "\\udc", static_cast<unsigned char>(text.front()));
    else if (point.bytes == 1)
      append_json(out, text.front());
    else
      out += text.substr(0, point.bytes);
    text.remove_prefix(point.bytes == 0 ? 1 : point.bytes);
  }
  out += '"';
  return out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return out;
}

std::string shown(std::string_view name) {
  constexpr std::size_t most = 80;
  return '\'' + escaped(name.substr(0, most)) + (name.size() > most ? "...'" : "'");
}

}  // namespace fovea
