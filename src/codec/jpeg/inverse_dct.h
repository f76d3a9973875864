#pragma once
#include <cstddef>
#include <cstdint>

namespace fovea::codec::jpeg {

// Coefficients that a block of a component with this transform is handed over with.
constexpr int block_coefficients(int size) {
  return size == 1 ? 1 : 64;
}

// Bytes behind the last sample of a row that kernels may read, and write with anything.
inline constexpr int row_slack = 128;

// `count` blocks that lie side by side, each 64 quantised coefficients in natural order (its DC alone for a size of 1),
// become `size` rows of count * size samples, `stride` bytes apart. Rows have row_slack; blocks are read exactly.
using InverseDct = void (*)(const std::int16_t* blocks, int count, const std::uint16_t* quantization, std::uint8_t* out,
                            std::ptrdiff_t stride);

// The transform to size x size samples (1, 2, 4 or 8): the algorithms of Loeffler, Ligtenberg and Moschytz (8) and
// their reduced forms, in libjpeg's fixed point of 13 bits. The samples are those of libjpeg-turbo's vector code for
// any coefficients: products with the quantisation and sums that do not fit wrap at 16 bits, as they do there.
InverseDct plain_inverse_dct(int size);
// The same by vectors; the plain one where the machine has none. nullptr for other sizes, both.
InverseDct simd_inverse_dct(int size);

}  // namespace fovea::codec::jpeg
