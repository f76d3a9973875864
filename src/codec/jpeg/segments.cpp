#include "codec/jpeg/segments.h"

#include "codec/byte_order.h"

namespace fovea::codec::jpeg {

void Segments::begin(Bytes bytes, std::size_t at, int restart_interval) {
  bytes_ = bytes;
  interval_ = restart_interval;
  restarts_ = 0;
  begin_segment(at);
}

void Segments::begin_segment(std::size_t at) {
  scan_.begin(bytes_, at);
  state_ = {.bits = {.at = scan_.start()}};
  to_restart_ = interval_;
}

bool Segments::used_up() const {
  if (!scan_.complete() || state_.ended) return false;
  const std::int64_t left = state_.bits.left(scan_.end());
  return left >= 0 && left < 8;
}

bool Segments::pass_restart() {
  const std::size_t marker = scan_.marker();
  if (!used_up() || bytes_.size() - marker < 2) return false;
  if (byte_at(bytes_, marker + 1) != 0xd0u + (static_cast<unsigned>(restarts_++) & 7)) return false;
  begin_segment(marker + 2);
  return true;
}

}  // namespace fovea::codec::jpeg
