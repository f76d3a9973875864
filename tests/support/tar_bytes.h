#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::test {

// The bytes of tar archives (POSIX.1-2001 ustar and pax, GNU long names), put together by hand.
constexpr std::size_t tar_block = 512;

inline std::string tar_octal(std::uint64_t value, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 8) *digit += static_cast<char>(value % 8);
  return text;
}

inline std::string tar_padded(std::string bytes) {
  bytes.resize((bytes.size() + tar_block - 1) / tar_block * tar_block, '\0');
  return bytes;
}

// A header with a right checksum. `size` is the 12 bytes of its field, so that it may say anything.
inline std::string tar_header(std::string_view name, std::string_view size, char type = '0',
                              std::string_view link = {}) {
  std::string header(tar_block, '\0');
  const auto put = [&](std::size_t at, std::string_view bytes) { header.replace(at, bytes.size(), bytes); };
  put(0, name.substr(0, 100));
  put(100, "0000644"), put(108, "0000000"), put(116, "0000000");
  put(124, size);
  put(136, "00000000000"), put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, tar_octal(sum, 6) + '\0' + ' ');
  return header;
}

inline std::string tar_member(std::string_view name, const std::string& bytes, char type = '0',
                              std::string_view link = {}) {
  return tar_header(name, tar_octal(bytes.size(), 11), type, link) + tar_padded(bytes);
}

// A record of an extended header: its own length, in decimal, is part of what it counts.
inline std::string pax_record(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

inline std::string pax_header(const std::vector<std::pair<std::string, std::string>>& records) {
  std::string text;
  for (const auto& [key, value] : records) text += pax_record(key, value);
  return tar_member("PaxHeaders/x", text, 'x');
}

inline std::string gnu_long_name(const std::string& name) {
  return tar_member("././@LongLink", name + '\0', 'L');
}

inline std::string tar_end() {
  return std::string(2 * tar_block, '\0');
}

}  // namespace fovea::test
