#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/image.h"
#include "support/read_text.h"
#include "support/test_data.h"

namespace fovea::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A file of tests/data/codec.
inline std::string picture_file(const std::string& name) {
  const std::string text = read_text(test_data("codec/" + name));
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

inline std::vector<std::uint8_t> samples_of(const Array& array) {
  const auto values = array.span<std::uint8_t>();
  return {values.begin(), values.end()};
}

// The largest difference of two u8 arrays of one shape; 256 for different shapes.
inline int difference(const Array& a, const Array& b) {
  if (a.shape() != b.shape()) return 256;
  const auto x = a.span<std::uint8_t>(), y = b.span<std::uint8_t>();
  int most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

inline ::testing::AssertionResult refused(std::string_view file, Errc code, const DecodeOptions& options = {}) {
  const Result<DecodedImage> image = decode(bytes_of(file), options);
  if (image) return ::testing::AssertionFailure() << "decoded to " << to_string(image.value().pixels.shape());
  if (image.error().code() != code)
    return ::testing::AssertionFailure() << name(image.error().code()) << ": " << image.error().what();
  const std::string_view text = image.error().what();
  if (text.find('\n') != text.npos || text.find(": ") == text.npos)
    return ::testing::AssertionFailure() << "not a message of one line with its place: " << text;
  return ::testing::AssertionSuccess() << text;
}

}  // namespace fovea::test
