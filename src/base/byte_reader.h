#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fovea/error.h"

namespace fovea {

// Takes little-endian fields from the front of untrusted bytes; throws Error(truncated) at their end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t position() const { return at_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      throw Error(Errc::truncated,
                  "expected " + std::to_string(count) + " more bytes, got " + std::to_string(bytes_.size() - at_));
    const auto part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }

  template <class T>
  T number() {
    std::uint64_t value = 0;
    const auto part = take(sizeof(T));
    for (std::size_t i = sizeof(T); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(part[i]);
    return static_cast<T>(value);
  }

  double big_endian_double() {
    std::uint64_t value = 0;
    for (std::byte b : take(sizeof(double))) value = value << 8 | std::to_integer<std::uint64_t>(b);
    return std::bit_cast<double>(value);
  }

  std::string_view text(std::uint64_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  std::string_view line(std::size_t most) {
    const std::size_t start = at_;
    while (number<std::uint8_t>() != '\n')
      if (at_ - start > most)
        throw Error(Errc::corrupt, "expected a name of at most " + std::to_string(most) + " bytes, got more");
    return {reinterpret_cast<const char*>(bytes_.data() + start), at_ - start - 1};
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace fovea
