#include "codec/pixels.h"

#include <cstring>

namespace fovea::codec {
namespace {

struct Rgba {
  std::uint32_t r, g, b, a;
};

template <Layout from>
Rgba load(const std::uint8_t* p) {
  if constexpr (from == Layout::grey) return {p[0], p[0], p[0], 255};
  if constexpr (from == Layout::grey_alpha) return {p[0], p[0], p[0], p[1]};
  if constexpr (from == Layout::rgb) return {p[0], p[1], p[2], 255};
  if constexpr (from == Layout::rgba) return {p[0], p[1], p[2], p[3]};
  const std::uint32_t white = 255u - p[3];
  return {white - divide_255(p[0] * white), white - divide_255(p[1] * white), white - divide_255(p[2] * white), 255};
}

Rgba composite(Rgba p, std::uint32_t background) {
  const std::uint32_t rest = 255u - p.a;
  return {divide_255(p.r * p.a + (background >> 16 & 255u) * rest),
          divide_255(p.g * p.a + (background >> 8 & 255u) * rest), divide_255(p.b * p.a + (background & 255u) * rest),
          255};
}

template <Layout from, int step, int channels>
void convert(const std::uint8_t* source, std::uint8_t* target, std::size_t width, std::int32_t background) {
  for (std::size_t x = 0; x < width; ++x, source += step, target += channels) {
    Rgba p = load<from>(source);
    if (background >= 0 && p.a != 255) p = composite(p, static_cast<std::uint32_t>(background));
    if constexpr (channels == 1) {
      target[0] = static_cast<std::uint8_t>((p.r * 19595u + p.g * 38470u + p.b * 7471u + 0x8000u) >> 16);
    } else {
      target[0] = static_cast<std::uint8_t>(p.r);
      target[1] = static_cast<std::uint8_t>(p.g);
      target[2] = static_cast<std::uint8_t>(p.b);
      if constexpr (channels == 4) target[3] = static_cast<std::uint8_t>(p.a);
    }
  }
}

template <Layout from, int step>
void convert(const std::uint8_t* source, std::uint8_t* target, std::size_t width, Target to) {
  if (to.channels == 1) return convert<from, step, 1>(source, target, width, to.background);
  if (to.channels == 3) return convert<from, step, 3>(source, target, width, to.background);
  convert<from, step, 4>(source, target, width, to.background);
}

}  // namespace

int channels_of(Layout layout) {
  switch (layout) {
    case Layout::grey:
      return 1;
    case Layout::grey_alpha:
      return 2;
    case Layout::rgb:
      return 3;
    default:
      return 4;
  }
}

void convert_row(const std::uint8_t* source, Layout from, std::uint8_t* target, std::size_t width, Target to) {
  const bool same = (from == Layout::rgb && to.channels == 3) || (from == Layout::grey && to.channels == 1) ||
                    (from == Layout::rgba && to.channels == 4 && to.background < 0);
  if (same) {
    std::memcpy(target, source, width * static_cast<std::size_t>(to.channels));
    return;
  }
  switch (from) {
    case Layout::grey:
      return convert<Layout::grey, 1>(source, target, width, to);
    case Layout::grey_alpha:
      return convert<Layout::grey_alpha, 2>(source, target, width, to);
    case Layout::rgb:
      return convert<Layout::rgb, 3>(source, target, width, to);
    case Layout::rgba:
      return convert<Layout::rgba, 4>(source, target, width, to);
    case Layout::cmyk:
      return convert<Layout::cmyk, 4>(source, target, width, to);
  }
}

void narrow_row(const std::uint16_t* source, std::uint8_t* target, std::size_t samples) {
  for (std::size_t i = 0; i < samples; ++i)
    target[i] = static_cast<std::uint8_t>((source[i] * std::uint32_t{255} + 32895u) >> 16);
}

void unpack_row(const std::uint8_t* source, int bits, std::uint8_t* target, std::size_t samples) {
  const std::size_t per_byte = 8u / static_cast<unsigned>(bits);
  const unsigned mask = (1u << bits) - 1u;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t shift = 8u - static_cast<unsigned>(bits) * (i % per_byte + 1u);
    target[i] = static_cast<std::uint8_t>(source[i / per_byte] >> shift & mask);
  }
}

}  // namespace fovea::codec
