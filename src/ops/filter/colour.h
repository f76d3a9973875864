#pragma once
#include <cmath>
#include <cstdint>

#include "kernel/view.h"

namespace fovea::ops {

enum class Conversion {
  rgb_to_bgr,
  rgb_to_grey,
  grey_to_rgb,
  rgb_to_ycbcr,
  ycbcr_to_rgb,
  rgb_to_hsv,
  hsv_to_rgb,
  rgb_to_linear,
  linear_to_rgb
};

FOVEA_HD inline std::uint8_t clipped_byte(int v) {
  return static_cast<std::uint8_t>(v < 0 ? 0 : v > 255 ? 255 : v);
}
// A coefficient's entry in Pillow's tables of 6 fractional bits.
FOVEA_HD inline int sixty_fourths(double coefficient, int level) {
  return static_cast<int>(coefficient * level * 64 + 0.5);
}

FOVEA_HD inline std::uint8_t grey_of(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  return static_cast<std::uint8_t>((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}
FOVEA_HD inline float grey_of(float r, float g, float b) {
  return 0.299f * r + 0.587f * g + 0.114f * b;
}

FOVEA_HD inline void ycbcr_of(const std::uint8_t* x, std::uint8_t* y) {
  const int r = x[0], g = x[1], b = x[2];
  y[0] = clipped_byte((sixty_fourths(0.299, r) + sixty_fourths(0.587, g) + sixty_fourths(0.114, b)) >> 6);
  y[1] = clipped_byte(((sixty_fourths(-0.16874, r) + sixty_fourths(-0.33126, g) + sixty_fourths(0.5, b)) >> 6) + 128);
  y[2] = clipped_byte(((sixty_fourths(0.5, r) + sixty_fourths(-0.41869, g) + sixty_fourths(-0.08131, b)) >> 6) + 128);
}
FOVEA_HD inline void ycbcr_of(const float* x, float* y) {
  const float luma = grey_of(x[0], x[1], x[2]);
  y[0] = luma;
  y[1] = (x[2] - luma) / 1.772f + 0.5f;
  y[2] = (x[0] - luma) / 1.402f + 0.5f;
}
FOVEA_HD inline void rgb_of_ycbcr(const std::uint8_t* x, std::uint8_t* y) {
  const int luma = x[0], cb = x[1] - 128, cr = x[2] - 128;
  y[0] = clipped_byte(luma + (sixty_fourths(1.402, cr) >> 6));
  y[1] = clipped_byte(luma + ((sixty_fourths(-0.34414, cb) + sixty_fourths(-0.71414, cr)) >> 6));
  y[2] = clipped_byte(luma + (sixty_fourths(1.772, cb) >> 6));
}
FOVEA_HD inline void rgb_of_ycbcr(const float* x, float* y) {
  const float cb = x[1] - 0.5f, cr = x[2] - 0.5f;
  y[0] = x[0] + 1.402f * cr;
  y[1] = x[0] - (0.114f * 1.772f / 0.587f) * cb - (0.299f * 1.402f / 0.587f) * cr;
  y[2] = x[0] + 1.772f * cb;
}

// Hue in sixths of the circle, -1 to 5, from values whose largest and smallest differ.
FOVEA_HD inline float hue_of(float r, float g, float b, float largest, float spread) {
  const float rc = (largest - r) / spread, gc = (largest - g) / spread, bc = (largest - b) / spread;
  if (r == largest) return bc - gc;
  if (g == largest) return static_cast<float>(2.0 + static_cast<double>(rc) - static_cast<double>(bc));
  return static_cast<float>(4.0 + static_cast<double>(gc) - static_cast<double>(rc));
}
template <class T>
FOVEA_HD void hsv_of(const T* x, T* y) {
  const T largest = x[0] > x[1] ? (x[0] > x[2] ? x[0] : x[2]) : (x[1] > x[2] ? x[1] : x[2]);
  const T least = x[0] < x[1] ? (x[0] < x[2] ? x[0] : x[2]) : (x[1] < x[2] ? x[1] : x[2]);
  const float r = static_cast<float>(x[0]), g = static_cast<float>(x[1]), b = static_cast<float>(x[2]);
  y[2] = largest;
  if (!(largest > least)) {
    y[0] = y[1] = T{0};
    return;
  }
  const float top = static_cast<float>(largest), spread = top - static_cast<float>(least);
  const float hue = hue_of(r, g, b, top, spread), saturation = spread / top;
  const float turn = static_cast<float>(fmod(static_cast<double>(hue) / 6.0 + 1.0, 1.0));
  if constexpr (sizeof(T) == 1) {
    y[0] = clipped_byte(static_cast<int>(static_cast<double>(turn) * 255.0));
    y[1] = clipped_byte(static_cast<int>(static_cast<double>(saturation) * 255.0));
  } else {
    y[0] = turn;
    y[1] = saturation;
  }
}

template <class T, class V>
FOVEA_HD void sector_rgb(int sector, V v, V p, V q, V t, T* y) {
  const V r = sector == 0 || sector == 5 ? v : sector == 1 ? q : sector == 4 ? t : p;
  const V g = sector == 1 || sector == 2 ? v : sector == 0 ? t : sector == 3 ? q : p;
  const V b = sector == 3 || sector == 4 ? v : sector == 2 ? t : sector == 5 ? q : p;
  y[0] = static_cast<T>(r), y[1] = static_cast<T>(g), y[2] = static_cast<T>(b);
}
FOVEA_HD inline void rgb_of_hsv(const std::uint8_t* x, std::uint8_t* y) {
  if (x[1] == 0) {
    y[0] = y[1] = y[2] = x[2];
    return;
  }
  const double turn = x[0] * 6.0 / 255.0, s = x[1] / 255.0, v = x[2];
  const int sector = static_cast<int>(turn);
  const double f = turn - sector;
  sector_rgb(sector % 6, static_cast<int>(x[2]), static_cast<int>(v * (1 - s) + 0.5),
             static_cast<int>(v * (1 - s * f) + 0.5), static_cast<int>(v * (1 - s * (1 - f)) + 0.5), y);
}
FOVEA_HD inline void rgb_of_hsv(const float* x, float* y) {
  const float whole = floorf(x[0]), turn = (x[0] - whole) * 6.0f, s = x[1], v = x[2];
  const int sector = turn >= 0.0f && turn < 6.0f ? static_cast<int>(turn) : 0;  // NaN stays in p, q and t
  const float f = turn - static_cast<float>(sector);
  sector_rgb(sector, v, v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f)), y);
}

FOVEA_HD inline float linear_of(float v) {
  return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}
FOVEA_HD inline float curved_of(float v) {
  return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

}  // namespace fovea::ops
