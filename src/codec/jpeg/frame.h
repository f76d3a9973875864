#pragma once
#include <array>
#include <cstdint>

namespace fovea::codec::jpeg {

// a / b, rounded up.
constexpr int quotient_up(std::int64_t a, std::int64_t b) {
  return static_cast<int>((a + b - 1) / b);
}

struct Component {
  int id = 0;
  int h = 1, v = 1;                                 // sampling factors
  int blocks_across = 0, blocks_down = 0;           // of whole MCUs
  std::array<std::uint16_t, 64> quantization = {};  // natural order
};

enum class Colour : std::uint8_t { grey, ycc, rgb };

struct Frame {
  int width = 0, height = 0;
  int count = 0;               // components: 1 or 3
  int most_h = 1, most_v = 1;  // the largest sampling factors: an MCU is 8 most_h by 8 most_v pixels
  int mcus_across = 0, mcus_down = 0;
  bool progressive = false;
  Colour colour = Colour::grey;
  std::array<Component, 3> components;
};

// The blocks of one row of MCUs: of component c, `v` rows of `blocks_across` blocks, each 64 quantised coefficients in
// natural order (row by row, not zigzag). Of a component that is read for its DC only, each is that one coefficient.
struct McuRow {
  std::array<const std::int16_t*, 3> blocks = {};
};

}  // namespace fovea::codec::jpeg
