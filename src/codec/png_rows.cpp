#include "codec/png_rows.h"

#include <cstring>

namespace fovea::codec {
namespace {

Layout stored_layout(int color_type) {
  switch (color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
      return Layout::grey;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
      return Layout::grey_alpha;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
      return Layout::rgba;
    default:
      return Layout::rgb;
  }
}

Layout with_key(Layout layout) {
  return layout == Layout::grey ? Layout::grey_alpha : Layout::rgba;
}

}  // namespace

PngRows::PngRows(const PngColors& colors, Target target)
    : colors_(colors),
      target_(target),
      width_(colors.header.width),
      bits_(colors.header.bit_depth),
      layout_(stored_layout(colors.header.color_type)),
      with_alpha_(colors.has_key && target.wants_alpha() ? with_key(layout_) : layout_),
      samples_(width_ * 4),
      keyed_(width_ * 4) {}

bool PngRows::direct() const {
  return bits_ == 8 && with_alpha_ == layout_ && colors_.header.color_type != SPNG_COLOR_TYPE_INDEXED &&
         ((layout_ == Layout::rgb && target_.channels == 3) || (layout_ == Layout::grey && target_.channels == 1) ||
          (layout_ == Layout::rgba && target_.channels == 4 && target_.background < 0));
}

void PngRows::operator()(const std::uint8_t* stored, std::uint8_t* out) {
  if (colors_.header.color_type == SPNG_COLOR_TYPE_INDEXED)
    return convert_row(expand(stored), Layout::rgba, out, width_, target_);
  const std::size_t count = width_ * static_cast<std::size_t>(channels_of(layout_));
  const std::uint8_t* row = stored;
  if (bits_ == 16) {
    narrow_row(reinterpret_cast<const std::uint16_t*>(stored), samples_.data(), count);
    row = samples_.data();
  } else if (bits_ < 8) {
    unpack_row(stored, bits_, samples_.data(), count);
    row = samples_.data();
  }
  const bool keyed = with_alpha_ != layout_;
  if (keyed) row = add_alpha(stored, row);
  if (bits_ < 8) {
    const auto scale = static_cast<unsigned>(255 / ((1 << bits_) - 1));
    std::uint8_t* grey = keyed ? keyed_.data() : samples_.data();
    const std::size_t step = keyed ? 2 : 1;
    for (std::size_t x = 0; x < width_; ++x) grey[x * step] = static_cast<std::uint8_t>(grey[x * step] * scale);
  }
  convert_row(row, with_alpha_, out, width_, target_);
}

const std::uint8_t* PngRows::expand(const std::uint8_t* stored) {
  const std::uint8_t* indices = stored;
  if (bits_ < 8) {
    unpack_row(stored, bits_, samples_.data(), width_);
    indices = samples_.data();
  }
  for (std::size_t x = 0; x < width_; ++x) std::memcpy(&keyed_[x * 4], colors_.palette[indices[x]], 4);
  return keyed_.data();
}

// Alpha 0 where all samples, as stored, are the tRNS color.
const std::uint8_t* PngRows::add_alpha(const std::uint8_t* stored, const std::uint8_t* row) {
  const std::size_t channels = layout_ == Layout::grey ? 1 : 3;  // tRNS goes with no other layout here
  const std::uint16_t first = layout_ == Layout::grey ? colors_.trns.gray : colors_.trns.red;
  const std::uint16_t key[3] = {first, colors_.trns.green, colors_.trns.blue};
  for (std::size_t x = 0; x < width_; ++x) {
    bool same = true;
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t at = x * channels + c;
      std::uint16_t sample = row[at];
      if (bits_ == 16) std::memcpy(&sample, stored + at * 2, 2);
      same = same && sample == key[c];
      keyed_[x * (channels + 1) + c] = row[at];
    }
    keyed_[x * (channels + 1) + channels] = same ? 0 : 255;
  }
  return keyed_.data();
}

}  // namespace fovea::codec
