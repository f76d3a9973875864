#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "fovea/image.h"

namespace fovea::codec {

// Rows [top, bottom) and columns [left, right) of a picture.
struct RowWindow {
  std::int64_t top, bottom, left, right;
};

// Takes a picture's rows while it is decoded, so that there need not be a whole picture.
class RowSink {
 public:
  virtual ~RowSink() = default;

  // Called once the headers are in order, before anything of the picture's size is allocated. height, width: of the
  // rows. The part that is wanted, what lies outside need not come; or nothing, and the picture is decoded as a whole.
  // Called once more, and to be answered alike, when the rows so far are void: another decoder begins anew.
  virtual std::optional<RowWindow> begin(const ImageInfo&, std::int64_t height, std::int64_t width) = 0;

  // rows[i] is row first + i, u8 [width, channels], with `slack` bytes behind it that may be read. From top to bottom;
  // a picture may turn out to be damaged after any of them.
  virtual void rows(std::int64_t first, std::span<const std::uint8_t* const> rows, std::int64_t slack) = 0;
};

}  // namespace fovea::codec
