#include <algorithm>
#include <array>

#include "codec/jpeg/dct_constants.h"
#include "codec/jpeg/inverse_dct.h"

// Transforms of other sizes than powers of two, for scales of other eighths. ck is sqrt(2) cos(k pi / 2 size).
namespace fovea::codec::jpeg {
namespace {

using Wide = std::int64_t;

constexpr Wide fixed(double factor) {
  return static_cast<Wide>(factor * (1 << dct_bits) + 0.5);
}

// Result k is even[k] + odd[k], and counted from the end even[k] - odd[k].
template <int Size>
struct Parts {
  std::array<Wide, (Size + 1) / 2> even{};
  std::array<Wide, Size / 2> odd{};
};

// x[0] has dct_bits behind the point, the others none.
template <int Size>
Parts<Size> transform(const std::array<Wide, 8>& x);

template <>
Parts<3> transform<3>(const std::array<Wide, 8>& x) {
  const Wide z = x[2] * fixed(0.707106781);  // c2
  return {{x[0] + z, x[0] - 2 * z}, {x[1] * fixed(1.224744871)}};
}

template <>
Parts<5> transform<5>(const std::array<Wide, 8>& x) {
  const Wide sum = (x[2] + x[4]) * fixed(0.790569415), difference = (x[2] - x[4]) * fixed(0.353553391);
  const Wide middle = x[0] + difference;
  const Wide odd = (x[1] + x[3]) * fixed(0.831253876);  // c3
  return {{middle + sum, middle - sum, x[0] - 4 * difference},
          {odd + x[1] * fixed(0.513743148), odd - x[3] * fixed(2.176250899)}};
}

template <>
Parts<6> transform<6>(const std::array<Wide, 8>& x) {
  const Wide c4 = x[4] * fixed(0.707106781), c2 = x[2] * fixed(1.224744871);
  const Wide c5 = (x[1] + x[5]) * fixed(0.366025404), one = 1 << dct_bits;
  return {{x[0] + c4 + c2, x[0] - 2 * c4, x[0] + c4 - c2},
          {c5 + (x[1] + x[3]) * one, (x[1] - x[3] - x[5]) * one, c5 + (x[5] - x[3]) * one}};
}

template <>
Parts<7> transform<7>(const std::array<Wide, 8>& x) {
  const Wide outer = x[2] + x[6], a = (x[4] - x[6]) * fixed(0.881747734), b = (x[2] - x[4]) * fixed(0.314692123);
  const Wide c2 = outer * fixed(1.274162392) + x[0];
  const Wide p = (x[1] + x[3]) * fixed(0.935414347), q = (x[1] - x[3]) * fixed(0.170262339);
  const Wide c1 = -(x[3] + x[5]) * fixed(1.378756276), c5 = (x[1] + x[5]) * fixed(0.613604268);
  return {{a + c2 - x[6] * fixed(0.077722536), a + b + x[0] - x[4] * fixed(1.841218003),
           b + c2 - x[2] * fixed(2.470602249), x[0] + (x[4] - outer) * fixed(1.414213562)},
          {p - q + c5, p + q + c1, c1 + c5 + x[5] * fixed(1.870828693)}};
}

template <>
Parts<10> transform<10>(const std::array<Wide, 8>& x) {
  const Wide c4 = x[4] * fixed(1.144122806), c8 = x[4] * fixed(0.437016024);
  const Wide c6 = (x[2] + x[6]) * fixed(0.831253876);
  const Wide a = c6 + x[2] * fixed(0.513743148), b = c6 - x[6] * fixed(2.176250899);
  const Wide sum = x[3] + x[7], difference = x[3] - x[7], one = 1 << dct_bits;
  const Wide turn = difference * fixed(0.309016994), middle = x[5] * one;
  const Wide p = sum * fixed(0.951056516), q = middle + turn;
  const Wide r = sum * fixed(0.587785252), s = middle - turn - difference * (one / 2);
  return {{x[0] + c4 + a, x[0] - c8 + b, x[0] - 2 * (c4 - c8), x[0] - c8 - b, x[0] + c4 - a},
          {x[1] * fixed(1.396802247) + p + q, x[1] * fixed(1.260073511) - r - s, (x[1] - difference - x[5]) * one,
           x[1] * fixed(0.642039522) - r + s, x[1] * fixed(0.221231742) - p + q}};
}

template <>
Parts<12> transform<12>(const std::array<Wide, 8>& x) {
  const Wide one = 1 << dct_bits, c4 = x[4] * fixed(1.224744871), c2 = x[2] * fixed(1.366025404);
  const Wide x2 = x[2] * one, x6 = x[6] * one;
  const Wide c3 = x[3] * fixed(1.306562965), c9 = -x[3] * Wide{fix_0_541196100};
  const Wide c7 = (x[1] + x[5] + x[7]) * fixed(0.860918669);
  const Wide c5 = c7 + (x[1] + x[5]) * fixed(0.261052384);
  const Wide both = -(x[5] + x[7]) * fixed(1.045510580);  // c7 + c11
  const Wide outer = x[1] - x[7], inner = x[3] - x[5], turn = (outer + inner) * Wide{fix_0_541196100};
  return {{x[0] + c4 + (c2 + x6), x[0] + (x2 - x6), x[0] - c4 + (c2 - x2 - x6), x[0] - c4 - (c2 - x2 - x6),
           x[0] - (x2 - x6), x[0] + c4 - (c2 + x6)},
          {c5 + c3 + x[1] * fixed(0.280143716), turn + outer * Wide{fix_0_765366865},
           c5 + both + c9 - x[5] * fixed(1.478575242), both + c7 - c3 + x[7] * fixed(1.586706681),
           turn - inner * Wide{fix_1_847759065}, c7 + c9 - x[1] * fixed(0.676326758) - x[7] * fixed(1.982889723)}};
}

template <>
Parts<14> transform<14>(const std::array<Wide, 8>& x) {
  const Wide one = 1 << dct_bits;
  const Wide c4 = x[4] * fixed(1.274162392), c12 = x[4] * fixed(0.314692123), c8 = x[4] * fixed(0.881747734);
  const Wide c6 = (x[2] + x[6]) * fixed(1.105676686);
  const Wide a = c6 + x[2] * fixed(0.273079590), b = c6 - x[6] * fixed(1.719280954);
  const Wide c = x[2] * fixed(0.613604268) - x[6] * fixed(1.378756276);
  const Wide last = x[7] * one, outer = x[1] + x[5];
  const Wide c3 = (x[1] + x[3]) * fixed(1.334852607), c5 = outer * fixed(1.197448846), c9 = outer * fixed(0.752406978);
  const Wide c11 = (x[1] - x[3]) * fixed(0.467085129) - last;
  const Wide c13 = -(x[3] + x[5]) * fixed(0.158341681) - last, c1 = (x[5] - x[3]) * fixed(1.405321284);
  return {{x[0] + c4 + a, x[0] + c12 + b, x[0] - c8 + c, x[0] - 2 * (c4 + c12 - c8), x[0] - c8 - c, x[0] + c12 - b,
           x[0] + c4 - a},
          {c3 + c5 + last - x[1] * fixed(1.126980169), c3 + c13 - x[3] * fixed(0.424103948),
           c5 + c13 - x[5] * fixed(2.373959773), (x[1] - x[3] + x[7] - x[5]) * one,
           c9 + c1 + last - x[5] * fixed(1.6906431334), c11 + c1 + x[3] * fixed(0.674957567),
           c9 + c11 - x[1] * fixed(1.061150426)}};
}

// Shifted sums, rounded by what x[0] brings with it.
template <int Size>
std::array<int, Size> joined(const Parts<Size>& parts, int shift) {
  std::array<int, Size> out{};
  for (std::size_t k = 0; k < Size / 2; ++k) {
    out[k] = static_cast<int>((parts.even[k] + parts.odd[k]) >> shift);
    out[Size - 1 - k] = static_cast<int>((parts.even[k] - parts.odd[k]) >> shift);
  }
  if constexpr (Size % 2 == 1) out[Size / 2] = static_cast<int>(parts.even[Size / 2] >> shift);
  return out;
}

// A transform smaller than a block leaves the higher coefficients out.
template <int Size>
void transform_block(const std::int16_t* block, const std::uint16_t* quantization, std::uint8_t* out,
                     std::ptrdiff_t stride) {
  constexpr int first_shift = dct_bits - between_passes_bits, second_shift = dct_bits + between_passes_bits + 3;
  constexpr std::size_t used = std::min(Size, 8);
  std::array<std::array<Wide, 8>, Size> rows{};
  for (std::size_t column = 0; column < used; ++column) {
    std::array<Wide, 8> x{};
    for (std::size_t i = 0; i < used; ++i)
      x[i] = Wide{block[i * 8 + column]} * static_cast<std::int16_t>(quantization[i * 8 + column]);
    x[0] = x[0] * (1 << dct_bits) + (1 << (first_shift - 1));
    const std::array<int, Size> y = joined<Size>(transform<Size>(x), first_shift);
    for (std::size_t i = 0; i < Size; ++i) rows[i][column] = y[i];
  }
  for (std::size_t i = 0; i < Size; ++i, out += stride) {
    rows[i][0] = (rows[i][0] + (1 << (between_passes_bits + 2))) * (1 << dct_bits);
    const std::array<int, Size> y = joined<Size>(transform<Size>(rows[i]), second_shift);
    for (std::size_t k = 0; k < Size; ++k) out[k] = sample_of_ten_bits(y[k]);
  }
}

template <int Size>
void transform_blocks(const std::int16_t* blocks, int count, const std::uint16_t* quantization, std::uint8_t* out,
                      std::ptrdiff_t stride) {
  for (int i = 0; i < count; ++i) transform_block<Size>(blocks + 64 * i, quantization, out + Size * i, stride);
}

}  // namespace

InverseDct scaled_inverse_dct(int size) {
  switch (size) {
    case 3:
      return transform_blocks<3>;
    case 5:
      return transform_blocks<5>;
    case 6:
      return transform_blocks<6>;
    case 7:
      return transform_blocks<7>;
    case 10:
      return transform_blocks<10>;
    case 12:
      return transform_blocks<12>;
    case 14:
      return transform_blocks<14>;
    default:
      return nullptr;
  }
}

}  // namespace fovea::codec::jpeg
