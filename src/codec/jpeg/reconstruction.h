#pragma once
#include <memory>

#include "codec/jpeg/geometry.h"
#include "codec/jpeg/inverse_dct.h"
#include "codec/jpeg/row_kernels.h"
#include "fovea/array.h"

namespace fovea::codec::jpeg {

enum class RowFormat : std::uint8_t { grey, rgb };  // one byte a pixel, or three

// The kernels that a reconstruction takes.
struct Kernels {
  InverseDct (*inverse_dct)(int size);
  const RowKernels* rows;
};
Kernels plain_kernels();
Kernels simd_kernels();
Kernels best_kernels();

// From quantised coefficients to pixels: inverse DCT, upsampling and colours, one row of MCUs at a time. Pixels equal
// libjpeg-turbo's by default (accurate transform, smooth upsampling). Keeps two rows of MCUs of the window's samples.
// Not thread-safe.
class Reconstruction {
 public:
  // The window is not empty and lies in the picture; grey rows are for grey frames: else throws
  // Error(invalid_argument). Throws what `memory` does.
  Reconstruction(const Frame&, const Geometry&, const Window&, RowFormat, const std::shared_ptr<Memory>& memory,
                 const Kernels& = best_kernels());

  // Bytes that the constructor takes from `memory`.
  static std::int64_t bytes(const Frame&, const Geometry&, const Window&);

  // The rows of MCUs that the window is made of. The rest need not be decoded into coefficients.
  Range mcu_rows() const { return mcu_rows_; }

  // The next of mcu_rows(). Gives the rows of pixels that write() can make until the next call: those of the window
  // follow one another without a gap. Only blocks that the window is made of are read. Of components whose planes have
  // blocks of one sample, blocks are their DCs alone.
  Range add(const McuRow&);

  // Row y of the picture, from window.left to window.right, exactly. past_caches: so many pixels follow that these will
  // have left the caches before they are read.
  void write(int y, std::uint8_t* out, bool past_caches = false);

 private:
  // One component's samples, in a ring of rows.
  struct Samples {
    Plane plane;
    Range blocks;        // across
    Range columns;       // samples of the window
    int block_rows = 0;  // of a row of MCUs
    int ring = 0;        // rows
    std::ptrdiff_t stride = 0;
    std::uint8_t* origin = nullptr;  // sample 0 of row 0, which need not be there
    std::uint8_t* wide = nullptr;    // a row after upsampling

    std::uint8_t* row(int y) const { return origin + y % ring * stride; }
    int pixels() const { return columns.size() * plane.pixels_across; }
  };

  static Samples layout(const Frame&, const Geometry&, const Window&, std::size_t component);
  void transform(const McuRow&, std::size_t component);
  void repeat_edges(const Samples&, Range rows) const;
  const std::uint8_t* upsampled(const Samples&, int y);

  const Frame frame_;
  const Window window_;
  const RowFormat format_;
  const Kernels kernels_;
  const int mcu_height_;
  const Range mcu_rows_;
  int next_, made_;  // row of MCUs, row of pixels
  bool lags_ = false;
  std::array<Samples, 3> samples_;
  std::uint16_t* sums_ = nullptr;
  Array memory_;
};

}  // namespace fovea::codec::jpeg
