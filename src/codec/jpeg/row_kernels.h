#pragma once
#include <cstdint>

namespace fovea::codec::jpeg {

// Kernels that make rows of pixels from rows of samples. Rows of samples are read, and rows that become samples again
// are written, up to row_slack beyond their end; pixels are written exactly. Formulas are libjpeg's, to the bit.
struct RowKernels {
  // count samples become 2 count, each of 3/4 of the nearest and 1/4 of the next one. in[-1] and in[count] are read.
  void (*widen)(const std::uint8_t* in, int count, std::uint8_t* out);
  // The same of rows of which `near` weighs 3/4 and `far` 1/4. `sums` has room for count + 2 + row_slack.
  void (*widen_between)(const std::uint8_t* near, const std::uint8_t* far, int count, std::uint16_t* sums,
                        std::uint8_t* out);
  // (3 near + far + round) / 4
  void (*between)(const std::uint8_t* near, const std::uint8_t* far, int round, int count, std::uint8_t* out);
  // ITU-R BT.601 in full range, as JFIF has it. past_caches: the pixels will not
  // be read before caches are full of others.
  void (*ycc_to_rgb)(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool past_caches);
  void (*interleave)(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool past_caches);
};

extern const RowKernels plain_row_kernels;
// By vectors; the plain ones where the machine has none.
const RowKernels& simd_row_kernels();
// The fastest here.
const RowKernels& best_row_kernels();

}  // namespace fovea::codec::jpeg
