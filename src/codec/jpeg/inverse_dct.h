#pragma once
#include <cstddef>
#include <cstdint>

namespace fovea::codec::jpeg {

// Coefficients that a block of a component with this transform is handed over with.
constexpr int block_coefficients(int size) {
  return size == 1 ? 1 : 64;
}

// Bytes behind the last sample of a row that kernels may read, and write with anything.
inline constexpr int row_slack = 63;

// `count` blocks that lie side by side, each 64 quantised coefficients in natural order (its DC alone for a size of 1),
// become `size` rows of count * size samples, `stride` bytes apart. Rows have row_slack; blocks are read exactly.
using InverseDct = void (*)(const std::int16_t* blocks, int count, const std::uint16_t* quantization, std::uint8_t* out,
                            std::ptrdiff_t stride);

// The transform to size x size samples: 1 to 8, 10, 12 or 14; nullptr for other sizes. The algorithms are those of
// Loeffler, Ligtenberg and Moschytz (8), their reduced forms (4, 2, 1) and DCTs of the other sizes, in libjpeg's fixed
// point of 13 bits. The samples are those of libjpeg-turbo on x86 for any coefficients: what does not fit wraps as
// there.
InverseDct plain_inverse_dct(int size);
// The same, of 8, 4, 2 and 1 by vectors where the machine has them.
InverseDct simd_inverse_dct(int size);
// The plain one of a size that is no power of two, or nullptr.
InverseDct scaled_inverse_dct(int size);

// The sample of a sum that is 128 less, of which libjpeg's table of ranges sees ten bits.
constexpr std::uint8_t sample_of_ten_bits(int value) {
  const int shifted = ((value + 512) & 1023) - 384;
  return static_cast<std::uint8_t>(shifted < 0 ? 0 : shifted > 255 ? 255 : shifted);
}

}  // namespace fovea::codec::jpeg
