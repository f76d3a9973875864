#pragma once
#include <array>
#include <cstdint>

#include "codec/codec.h"
#include "codec/jpeg/frame.h"

namespace fovea::codec::jpeg {

// Zigzag position to place in a block, row by row (ITU-T T.81, figure A.6).
inline constexpr std::array<std::uint8_t, 64> natural_order = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// A Huffman code as a DHT segment defines it.
struct HuffmanCode {
  bool defined = false;
  std::array<std::uint8_t, 17> counts = {};  // of codes of 1 to 16 bits
  std::array<std::uint8_t, 256> symbols = {};
  bool operator==(const HuffmanCode&) const = default;
};

struct Scan {
  struct Part {
    int component = 0;   // of the frame
    int dc = 0, ac = 0;  // codes
  };
  int count = 0;
  std::array<Part, 3> parts;
  int first = 0, last = 63;  // spectral selection, zigzag positions
  int high = 0, low = 0;     // successive approximation: bits known before, bits that stay unknown
};

// What the marker segments have said so far.
struct Headers {
  Frame frame;  // a component's quantisation once a scan has named it
  std::array<HuffmanCode, 4> dc, ac;
  std::array<std::array<std::uint16_t, 64>, 4> quantization = {};  // natural order
  std::uint32_t quantization_defined = 0;                          // bit i: table i
  std::array<int, 3> quantization_of = {};                         // component to table
  std::uint32_t scanned = 0;                                       // bit c: a scan has named component c
  int restart_interval = 0;                                        // MCUs; 0: none
  bool jfif = false;
  int adobe_transform = -1;
  Scan scan;             // the latest
  std::size_t data = 0;  // where its entropy-coded bytes begin
};

enum class Found : std::uint8_t {
  scan,     // Headers::scan and data are a new scan's
  end,      // the EOI marker
  not_ours  // damaged, unusual, or of a kind that is not decoded here
};

// Reads marker segments from `at`, where a marker begins, up to the next scan or the end. Nothing that libjpeg-turbo
// warns about or refuses in a segment passes.
Found read_segments(Bytes, std::size_t at, Headers&);

}  // namespace fovea::codec::jpeg
