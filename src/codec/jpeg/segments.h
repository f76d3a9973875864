#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/jpeg/bit_reader.h"
#include "codec/jpeg/scan_bytes.h"

namespace fovea::codec::jpeg {

// Where in a scan its decoding is. All but the damage begins anew behind a restart marker.
struct ScanState {
  BitReader bits;
  std::array<std::uint32_t, 3> dc = {};  // the last ones of the components, modulo 2^32
  std::uint32_t ended = 0;               // blocks to come whose band is known to have no further symbol
  bool bad = false;                      // a code that is none, or what 8-bit pixels do not give
  std::uintptr_t ahead = 0;              // from a byte of the window to one of the file that the next may hold
};

// The segments of a scan between restart markers.
class Segments {
 public:
  // restart_interval: MCUs, 0 for none.
  void begin(Bytes bytes, std::size_t at, int restart_interval);

  // Has `count` MCUs decoded by calls of decode(ScanState&, limit, most), which goes on up to `most` of them as long as
  // it is before `limit`, and returns how many it has done. False once there is damage.
  template <class Decode>
  bool read(int count, Decode&& decode) {
    while (count) {
      if (interval_ && !to_restart_ && !pass_restart()) return false;
      const int most = interval_ ? std::min(count, to_restart_) : count;
      state_.ahead = scan_.ahead();
      const int done = decode(state_, scan_.limit(), most);
      count -= done;
      to_restart_ -= done;
      if (state_.bad || (done < most && scan_.complete())) return false;
      if (done < most) state_.bits.at = scan_.fill(state_.bits.at);
    }
    return true;
  }

  // Whether the last segment has been used up, with no byte missing or left over.
  bool used_up() const;
  // Where in the file the marker behind the last segment is, once it has been used up.
  std::size_t marker() const { return scan_.marker(); }

 private:
  void begin_segment(std::size_t at);
  bool pass_restart();

  Bytes bytes_;
  ScanBytes scan_;
  ScanState state_;
  int interval_ = 0, to_restart_ = 0;  // MCUs
  int restarts_ = 0;
};

}  // namespace fovea::codec::jpeg
