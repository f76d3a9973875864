#include "codec/jpeg/inverse_dct.h"

#include <algorithm>
#include <array>

#include "codec/jpeg/dct_constants.h"

namespace fovea::codec::jpeg {
namespace {

// What vectors of 16 and 32 bits do.
std::int16_t wrapped(int value) {
  return static_cast<std::int16_t>(value);
}
int sum(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
}
int difference(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) - static_cast<unsigned>(b));
}
std::int16_t saturated(int value) {
  return static_cast<std::int16_t>(std::clamp(value, -32768, 32767));
}

using Inputs = std::array<std::int16_t, 8>;

template <int Size>
using Outputs = std::array<std::int16_t, Size>;

// Sums and differences of the even and the odd part, rounded and shifted.
template <int Size>
Outputs<Size> joined(const std::array<int, Size / 2>& even, const std::array<int, Size / 2>& odd, int shift) {
  Outputs<Size> out;
  for (std::size_t k = 0; k < Size / 2; ++k) {
    const int rounded = sum(even[k], 1 << (shift - 1));
    out[k] = saturated(sum(rounded, odd[k]) >> shift);
    out[Size - 1 - k] = saturated(difference(rounded, odd[k]) >> shift);
  }
  return out;
}

Outputs<8> transform8(const Inputs& x, int shift) {
  const int s04 = wrapped(x[0] + x[4]) * (1 << dct_bits), d04 = wrapped(x[0] - x[4]) * (1 << dct_bits);
  const int z1 = (x[2] + x[6]) * fix_0_541196100;
  const int even2 = z1 - x[6] * fix_1_847759065, even3 = z1 + x[2] * fix_0_765366865;

  const int z3 = wrapped(x[7] + x[3]), z4 = wrapped(x[5] + x[1]), z5 = (z3 + z4) * fix_1_175875602;
  const int y1 = (x[7] + x[1]) * -fix_0_899976223, y2 = (x[5] + x[3]) * -fix_2_562915447;
  const int y3 = z5 - z3 * fix_1_961570560, y4 = z5 - z4 * fix_0_390180644;
  const int odd0 = x[7] * fix_0_298631336 + y1 + y3, odd1 = x[5] * fix_2_053119869 + y2 + y4;
  const int odd2 = x[3] * fix_3_072711026 + y2 + y3, odd3 = x[1] * fix_1_501321110 + y1 + y4;
  return joined<8>({s04 + even3, d04 + even2, d04 - even2, s04 - even3}, {odd3, odd2, odd1, odd0}, shift);
}

Outputs<4> transform4(const Inputs& x, int shift) {
  const int even = x[0] * (1 << (dct_bits + 1)), turn = x[2] * fix_1_847759065 - x[6] * fix_0_765366865;
  const int odd0 = sum(x[1] * 8697 - x[3] * 17799, x[5] * 11893 - x[7] * 1730);
  const int odd2 = sum(x[1] * fix_2_562915447 + x[3] * fix_0_899976223, x[5] * -4926 - x[7] * 4176);
  return joined<4>({sum(even, turn), difference(even, turn)}, {odd2, odd0}, shift);
}

int odd2(const Inputs& x) {
  return sum(x[1] * 29692 - x[3] * 10426, x[5] * 6967 - x[7] * 5906);
}

template <int Size>
Outputs<Size> transform(const Inputs& x, int shift) {
  if constexpr (Size == 8)
    return transform8(x, shift);
  else
    return transform4(x, shift);
}

Inputs column_of(const std::int16_t* block, const std::uint16_t* quantization, std::size_t column) {
  Inputs x;
  for (std::size_t i = 0; i < 8; ++i)
    x[i] = wrapped(block[i * 8 + column] * static_cast<std::int16_t>(quantization[i * 8 + column]));
  return x;
}

std::uint8_t sample(int value) {
  return static_cast<std::uint8_t>(std::clamp(saturated(value) + 128, 0, 255));
}

// libjpeg-turbo passes such blocks by the columns' transform; it shows where the product has more than 14 bits.
template <int Size>
bool only_first_row(const std::int16_t* block) {
  for (int i = 8; i < 64; ++i)
    if (block[i] != 0 && (Size == 8 || i / 8 != 4)) return false;
  return true;
}

template <int Size>
void transform_block(const std::int16_t* block, const std::uint16_t* quantization, std::uint8_t* out,
                     std::ptrdiff_t stride) {
  constexpr int spare = Size == 8 ? 0 : 1;  // a reduced transform needs as many bits more as it leaves out steps
  const bool flat = only_first_row<Size>(block);
  std::array<Inputs, Size> rows;
  for (std::size_t column = 0; column < 8; ++column) {
    const Inputs x = column_of(block, quantization, column);
    Outputs<Size> y = transform<Size>(x, dct_bits - between_passes_bits + spare);
    if (flat) y.fill(wrapped(x[0] * (1 << between_passes_bits)));
    for (std::size_t i = 0; i < Size; ++i) rows[i][column] = y[i];
  }
  for (std::size_t i = 0; i < Size; ++i, out += stride) {
    const Outputs<Size> y = transform<Size>(rows[i], dct_bits + between_passes_bits + 3 + spare);
    for (std::size_t k = 0; k < Size; ++k) out[k] = sample(y[k]);
  }
}

// The mean of a row stays 32 bits wide between the passes.
template <>
void transform_block<2>(const std::int16_t* block, const std::uint16_t* quantization, std::uint8_t* out,
                        std::ptrdiff_t stride) {
  constexpr int first_shift = dct_bits - between_passes_bits + 2, second_shift = dct_bits + between_passes_bits + 5;
  std::array<Inputs, 2> rows{};
  std::array<int, 2> mean{};
  for (const std::size_t column : {0u, 1u, 3u, 5u, 7u}) {
    const Inputs x = column_of(block, quantization, column);
    const int even = sum(x[0] * (1 << (dct_bits + 2)), 1 << (first_shift - 1)), odd = odd2(x);
    const std::array<int, 2> y{sum(even, odd) >> first_shift, difference(even, odd) >> first_shift};
    for (std::size_t i = 0; i < 2; ++i) {
      rows[i][column] = saturated(y[i]);
      if (column == 0) mean[i] = y[i];
    }
  }
  for (std::size_t i = 0; i < 2; ++i, out += stride) {
    const int scaled = static_cast<int>(static_cast<unsigned>(mean[i]) << (dct_bits + 2));
    const int even = sum(scaled, 1 << (second_shift - 1)), odd = odd2(rows[i]);
    out[0] = sample(sum(even, odd) >> second_shift);
    out[1] = sample(difference(even, odd) >> second_shift);
  }
}

template <int Size>
void transform_blocks(const std::int16_t* blocks, int count, const std::uint16_t* quantization, std::uint8_t* out,
                      std::ptrdiff_t stride) {
  for (int i = 0; i < count; ++i) transform_block<Size>(blocks + 64 * i, quantization, out + Size * i, stride);
}

void means(const std::int16_t* dcs, int count, const std::uint16_t* quantization, std::uint8_t* out, std::ptrdiff_t) {
  const int factor = static_cast<std::int16_t>(quantization[0]);
  for (int i = 0; i < count; ++i) out[i] = sample_of_ten_bits((dcs[i] * factor + 4) >> 3);
}

}  // namespace

InverseDct plain_inverse_dct(int size) {
  switch (size) {
    case 1:
      return means;
    case 2:
      return transform_blocks<2>;
    case 4:
      return transform_blocks<4>;
    case 8:
      return transform_blocks<8>;
    default:
      return scaled_inverse_dct(size);
  }
}

}  // namespace fovea::codec::jpeg
