#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/codec.h"

namespace fovea::codec::jpeg {

// The entropy-coded bytes up to the next marker, without the zeros stuffed behind each FF, a window at a time.
class ScanBytes {
 public:
  // No MCU and no run of one is longer: 6 blocks of 64 symbols of at most 17 + 15 bits, and what a reader looks ahead.
  static constexpr std::ptrdiff_t slack = 6 * 64 * 4 + 64;

  // From `at` of the file on. Nothing of what a previous window held is kept.
  void begin(Bytes bytes, std::size_t at);

  // Keeps the bytes from `from` on, which lies in the window or at most 8 bytes behind it, and adds further ones.
  // Returns where the kept ones lie now.
  const std::uint8_t* fill(const std::uint8_t* from);

  const std::uint8_t* start() const { return window_.data(); }
  const std::uint8_t* end() const { return end_; }
  // Reading may begin before this, and then is inside the window for `slack` bytes. What lies behind the last byte is
  // of no meaning.
  const std::uint8_t* limit() const { return complete_ ? end_ + 8 : end_ - slack; }
  // From an address in the window to one of the file, which the next window may hold.
  std::uintptr_t ahead() const {
    return reinterpret_cast<std::uintptr_t>(bytes_.data()) + at_ - reinterpret_cast<std::uintptr_t>(window_.data());
  }
  bool complete() const { return complete_; }  // the window holds the last byte before the marker
  std::size_t marker() const { return at_; }   // where in the file, once complete; its size when there is none

 private:
  static constexpr std::size_t capacity = 16384;
  Bytes bytes_;
  std::size_t at_ = 0;
  bool complete_ = false;
  std::array<std::uint8_t, capacity + 8 + slack> window_ = {};
  std::uint8_t* end_ = window_.data();
};

}  // namespace fovea::codec::jpeg
