#include "codec/jpeg/row_kernels.h"

#include <algorithm>

#include "codec/jpeg/colour_vbmi.h"

namespace fovea::codec::jpeg {
namespace {

// `sum(i)` is 2^shift / 4 times sample i, for i from -1 to count.
template <class Sum>
void widen_sums(const Sum& sum, int count, int shift, std::uint8_t* out) {
  const int half = 1 << (shift - 1);
  for (int i = 0; i < count; ++i) {
    const int left = 3 * sum(i) + sum(i - 1), right = 3 * sum(i) + sum(i + 1);
    // Halves go down and up in turn.
    out[2 * i] = static_cast<std::uint8_t>((left + (shift == 2 ? half - 1 : half)) >> shift);
    out[2 * i + 1] = static_cast<std::uint8_t>((right + (shift == 2 ? half : half - 1)) >> shift);
  }
}

void widen(const std::uint8_t* in, int count, std::uint8_t* out) {
  widen_sums([&](int i) { return in[i]; }, count, 2, out);
}

void widen_between(const std::uint8_t* near, const std::uint8_t* far, int count, std::uint16_t*, std::uint8_t* out) {
  widen_sums([&](int i) { return 3 * near[i] + far[i]; }, count, 4, out);
}

void between(const std::uint8_t* near, const std::uint8_t* far, int round, int count, std::uint8_t* out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>((3 * near[i] + far[i] + round) >> 2);
}

struct Rgb {
  std::uint8_t r, g, b;
};

// Factors have 16 bits behind the point.
Rgb converted(int y, int cb, int cr) {
  constexpr int half = 1 << 15;
  const auto cut = [](int v) { return static_cast<std::uint8_t>(std::clamp(v, 0, 255)); };
  cb -= 128;
  cr -= 128;
  return {cut(y + ((91881 * cr + half) >> 16)), cut(y + ((-22554 * cb - 46802 * cr + half) >> 16)),
          cut(y + ((116130 * cb + half) >> 16))};
}

void ycc_to_rgb(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool) {
  for (int i = 0; i < count; ++i, out += 3) {
    const Rgb pixel = converted(in[0][i], in[1][i], in[2][i]);
    out[0] = pixel.r;
    out[1] = pixel.g;
    out[2] = pixel.b;
  }
}

void interleave(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool) {
  for (int i = 0; i < count; ++i, out += 3)
    for (int c = 0; c < 3; ++c) out[c] = in[c][i];
}

}  // namespace

const RowKernels plain_row_kernels = {widen, widen_between, between, ycc_to_rgb, interleave};

const RowKernels& best_row_kernels() {
  static const RowKernels kernels = vbmi_row_kernels(simd_row_kernels());
  return kernels;
}

}  // namespace fovea::codec::jpeg
