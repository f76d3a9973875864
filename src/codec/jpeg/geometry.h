#pragma once
#include <optional>

#include "codec/jpeg/frame.h"

namespace fovea::codec::jpeg {

// How samples become pixels, where there are fewer of them.
enum class Upsampling : std::uint8_t {
  none,
  widen,          // two pixels a sample across, of weights 3/4 and 1/4
  between,        // two pixels a sample down, likewise
  widen_between,  // both
  repeat,
};

// One component's samples after the inverse DCT.
struct Plane {
  int size = 8;                            // samples a side of a block
  int width = 0, height = 0;               // samples that pixels are made of; blocks have more
  int pixels_across = 1, pixels_down = 1;  // a sample
  Upsampling upsampling = Upsampling::none;

  bool looks_aside() const { return upsampling == Upsampling::widen || upsampling == Upsampling::widen_between; }
  bool looks_up_and_down() const {
    return upsampling == Upsampling::between || upsampling == Upsampling::widen_between;
  }
};

// A picture at `eighths` of its size, and what libjpeg makes of its components: those with fewer samples get a larger
// transform where that spares the upsampling.
struct Geometry {
  int eighths = 8;
  int width = 0, height = 0;  // pixels
  int mcu_rows = 8;           // rows of pixels an MCU
  std::array<Plane, 3> planes;
};

// None where a transform or an upsampling is not there: eighths outside 1 to 8, fractions of a sample a pixel.
std::optional<Geometry> geometry(const Frame&, int eighths);

// Pixels [left, right) of rows [top, bottom).
struct Window {
  int left = 0, top = 0, right = 0, bottom = 0;
};

// A range of samples, blocks or rows.
struct Range {
  int begin = 0, end = 0;

  int size() const { return end - begin; }
};

// The samples of a row (of a column) that pixels [begin, end) are made of, without and with those they look aside at.
Range samples_across(const Plane&, Range pixels);
Range samples_down(const Plane&, Range pixels);
Range with_neighbours(Range samples, bool looks, int count);

// The rows of MCUs that a window is made of.
Range mcu_rows(const Frame&, const Geometry&, const Window&);

}  // namespace fovea::codec::jpeg
