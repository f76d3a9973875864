#pragma once
#include <gtest/gtest.h>

#include <string>

namespace fovea::test {

inline int byte_of(const std::string& file, std::size_t at) {
  return static_cast<unsigned char>(file.at(at));
}

// Where the first segment of a marker begins, with its FF, among those up to the first scan.
inline std::size_t segment_at(const std::string& file, int marker) {
  std::size_t at = 2;
  while (byte_of(file, at + 1) != marker && byte_of(file, at + 1) != 0xda)
    at += 2 + static_cast<std::size_t>(byte_of(file, at + 2) << 8 | byte_of(file, at + 3));
  EXPECT_EQ(byte_of(file, at + 1), marker);
  return at;
}

inline std::size_t segment_size(const std::string& file, std::size_t at) {
  return 2 + static_cast<std::size_t>(byte_of(file, at + 2) << 8 | byte_of(file, at + 3));
}

// The file with one byte of a segment's body changed.
inline std::string with_byte(std::string file, int marker, std::size_t offset, int value) {
  file.at(segment_at(file, marker) + 4 + offset) = static_cast<char>(value);
  return file;
}

inline std::string without_segment(std::string file, int marker) {
  const std::size_t at = segment_at(file, marker);
  return file.erase(at, segment_size(file, at));
}

// Where the first scan's entropy-coded bytes begin.
inline std::size_t data_at(const std::string& file) {
  const std::size_t at = segment_at(file, 0xda);
  return at + segment_size(file, at);
}

}  // namespace fovea::test
