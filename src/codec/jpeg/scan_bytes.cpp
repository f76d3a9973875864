#include "codec/jpeg/scan_bytes.h"

#include <algorithm>
#include <cstring>

#include "codec/byte_order.h"
#include "codec/jpeg/unstuff.h"

namespace fovea::codec::jpeg {

void ScanBytes::begin(Bytes bytes, std::size_t at) {
  bytes_ = bytes;
  at_ = at;
  complete_ = false;
  end_ = window_.data();
  fill(end_);
}

const std::uint8_t* ScanBytes::fill(const std::uint8_t* from) {
  const std::ptrdiff_t kept = std::max<std::ptrdiff_t>(end_ - from, 0),
                       ahead = std::max<std::ptrdiff_t>(from - end_, 0);
  std::memmove(window_.data(), from, static_cast<std::size_t>(kept));
  end_ = window_.data() + kept;
  const std::uint8_t* const full = window_.data() + capacity;
  while (!complete_ && end_ < full) {
    const Unstuffed done = unstuff({u8(bytes_) + at_, end_}, u8(bytes_) + bytes_.size(), full);
    at_ = static_cast<std::size_t>(done.from - u8(bytes_));
    end_ = done.to;
    const std::size_t most = std::min(static_cast<std::size_t>(full - end_), bytes_.size() - at_);
    const std::uint8_t* const source = u8(bytes_) + at_;
    const void* const found = most ? std::memchr(source, 0xff, most) : nullptr;
    const std::size_t run = found ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - source) : most;
    if (run) std::memcpy(end_, source, run);
    end_ += run;
    at_ += run;
    if (!found) {
      complete_ = at_ == bytes_.size();
      continue;
    }
    complete_ = bytes_.size() - at_ < 2 || byte_at(bytes_, at_ + 1) != 0;
    if (complete_) break;
    *end_++ = 0xff;
    at_ += 2;
  }
  return window_.data() + ahead;
}

}  // namespace fovea::codec::jpeg
