#pragma once
#include <cstdint>
#include <string_view>

#include "codec/codec.h"
#include "codec/pixels.h"

namespace fovea::codec {

// The header of a Netpbm file, P1 to P7.
struct PnmHeader {
  ImageInfo info;
  Layout layout = Layout::grey;
  std::uint32_t maximum = 1;
  bool text = false;     // P1, P2, P3
  bool bitmap = false;   // P1, P4: one bit a sample, 1 is black
  std::size_t data = 0;  // where the samples begin
};
Result<PnmHeader> read_pnm_header(Bytes, const Limits&);

struct PnmNumber {
  std::uint64_t value;
  std::size_t end;
};
// A decimal number after blanks and comments; `what` is for the message.
Result<PnmNumber> read_pnm_number(Bytes, std::size_t at, std::string_view what);
// A 0 or 1, which needs no blank after it.
Result<PnmNumber> read_pnm_bit(Bytes, std::size_t at);

}  // namespace fovea::codec
