#pragma once
#include <optional>
#include <string_view>

#include "codec/jpeg/coefficient_reader.h"
#include "support/libjpeg_coefficients.h"
#include "support/picture.h"

namespace fovea::test {

inline void append_row(const codec::jpeg::Frame& frame, const codec::jpeg::McuRow& row,
                       const std::array<bool, 3>& dc_only, Coefficients& to) {
  for (std::size_t c = 0; c < to.components.size(); ++c) {
    const codec::jpeg::Component& from = frame.components[c];
    const int count = from.v * from.blocks_across * (dc_only[c] ? 1 : 64);
    auto& blocks = to.components[c].blocks;
    blocks.insert(blocks.end(), row.blocks[c], row.blocks[c] + count);
  }
}

// By the CoefficientReader; nothing when the file is not its own.
inline std::optional<Coefficients> our_coefficients(std::string_view file, codec::jpeg::CoefficientReader& reader,
                                                    const std::array<bool, 3>& dc_only = {}) {
  if (!reader.open(bytes_of(file)) || !reader.start(dc_only, host_memory())) return std::nullopt;
  const codec::jpeg::Frame& frame = reader.frame();
  Coefficients all;
  all.width = frame.width;
  all.height = frame.height;
  all.components.resize(static_cast<std::size_t>(frame.count));
  for (codec::jpeg::McuRow row; reader.next(row);) append_row(frame, row, dc_only, all);
  if (!reader.finish()) return std::nullopt;
  for (std::size_t c = 0; c < all.components.size(); ++c) {
    const codec::jpeg::Component& from = frame.components[c];
    all.components[c].across = from.blocks_across;
    all.components[c].down = from.blocks_down;
    all.components[c].quantization.assign(from.quantization.begin(), from.quantization.end());
  }
  return all;
}

}  // namespace fovea::test
