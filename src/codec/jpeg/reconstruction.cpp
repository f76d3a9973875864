#include "codec/jpeg/reconstruction.h"

#include <algorithm>
#include <cstring>

namespace fovea::codec::jpeg {
namespace {

// Bytes before a row: the slack of the row before, and then one sample on the left.
constexpr int lead = row_slack + 1;

std::ptrdiff_t row_bytes(std::int64_t samples) {
  return static_cast<std::ptrdiff_t>((lead + samples + 63) / 64 * 64);
}

void check(const Frame& frame, const Geometry& geometry, const Window& w, RowFormat format) {
  if (w.left < 0 || w.top < 0 || w.left >= w.right || w.top >= w.bottom || w.right > geometry.width ||
      w.bottom > geometry.height)
    throw Error(Errc::invalid_argument, "jpeg: expected a window inside the picture");
  if (format == RowFormat::grey && frame.colour != Colour::grey)
    throw Error(Errc::invalid_argument, "jpeg: expected a grey frame for grey rows");
}

std::size_t components(const Frame& frame) {
  return static_cast<std::size_t>(frame.count);
}

}  // namespace

Kernels plain_kernels() {
  return {plain_inverse_dct, &plain_row_kernels};
}

Kernels simd_kernels() {
  return {simd_inverse_dct, &simd_row_kernels()};
}

Kernels best_kernels() {
  return {simd_inverse_dct, &best_row_kernels()};
}

Reconstruction::Samples Reconstruction::layout(const Frame& frame, const Geometry& geometry, const Window& window,
                                               std::size_t c) {
  Samples s;
  s.plane = geometry.planes[c];
  s.columns = samples_across(s.plane, {window.left, window.right});
  const Range read = with_neighbours(s.columns, s.plane.looks_aside(), s.plane.width);
  s.blocks = {read.begin / s.plane.size, quotient_up(read.end, s.plane.size)};
  s.block_rows = frame.components[c].v;
  s.ring = 2 * s.block_rows * s.plane.size;
  s.stride = row_bytes(std::int64_t{s.blocks.size()} * s.plane.size);
  return s;
}

std::int64_t Reconstruction::bytes(const Frame& frame, const Geometry& geometry, const Window& window) {
  std::int64_t total = 0;
  std::int64_t most = 0;
  for (std::size_t c = 0; c < components(frame); ++c) {
    const Samples s = layout(frame, geometry, window, c);
    total += s.stride * s.ring + row_bytes(s.pixels());
    most = std::max<std::int64_t>(most, s.columns.size());
  }
  return total + 2 * row_bytes(most + 2) + lead;
}

Reconstruction::Reconstruction(const Frame& frame, const Geometry& geometry, const Window& window, RowFormat format,
                               const std::shared_ptr<Memory>& memory, const Kernels& kernels)
    : frame_((check(frame, geometry, window, format), frame)),
      window_(window),
      format_(format),
      kernels_(kernels),
      mcu_height_(geometry.mcu_rows),
      mcu_rows_(jpeg::mcu_rows(frame, geometry, window)),
      next_(mcu_rows_.begin),
      made_(window.top),
      memory_(Array::empty({bytes(frame, geometry, window)}, DType::u8, memory)) {
  auto* at = reinterpret_cast<std::uint8_t*>(memory_.data());
  for (std::size_t c = 0; c < components(frame); ++c) {
    Samples& s = samples_[c] = layout(frame, geometry, window, c);
    s.origin = at + lead - s.blocks.begin * s.plane.size;
    at += s.stride * s.ring;
    s.wide = at + lead;
    at += row_bytes(s.pixels());
    lags_ |= s.plane.looks_up_and_down();
  }
  sums_ = reinterpret_cast<std::uint16_t*>(at + lead);
}

Range Reconstruction::add(const McuRow& row) {
  for (std::size_t c = 0; c < components(frame_); ++c) transform(row, c);
  const Range rows{made_, next_ + 1 == mcu_rows_.end
                              ? window_.bottom
                              : std::clamp((next_ + 1) * mcu_height_ - lags_, made_, window_.bottom)};
  ++next_;
  made_ = rows.end;
  return rows;
}

void Reconstruction::transform(const McuRow& row, std::size_t c) {
  const Component& component = frame_.components[c];
  const Samples& s = samples_[c];
  const int size = s.plane.size, first = next_ * s.block_rows * size;
  const InverseDct inverse_dct = kernels_.inverse_dct(size);
  for (int y = 0; y < s.block_rows; ++y)
    inverse_dct(
        row.blocks[c] + std::ptrdiff_t{block_coefficients(size)} * (y * component.blocks_across + s.blocks.begin),
        s.blocks.size(), component.quantization.data(), s.row(first + y * size) + s.blocks.begin * size, s.stride);
  if (s.plane.looks_aside()) repeat_edges(s, {first, first + s.block_rows * size});
}

void Reconstruction::repeat_edges(const Samples& s, Range rows) const {
  const int last = s.plane.width - 1;
  for (int y = rows.begin; y < rows.end; ++y) {
    std::uint8_t* row = s.row(y);
    if (s.columns.begin == 0) row[-1] = row[0];
    if (s.columns.end == last + 1) row[last + 1] = row[last];
  }
}

// From the window's first sample on.
const std::uint8_t* Reconstruction::upsampled(const Samples& s, int y) {
  const RowKernels& kernels = *kernels_.rows;
  const int down = s.plane.pixels_down, near = y / down, columns = s.columns.size();
  // An odd row of two is nearer to the sample below.
  const int far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, s.plane.height - 1);
  const std::uint8_t* in = s.row(near) + s.columns.begin;
  switch (s.plane.upsampling) {
    case Upsampling::none:
      return in;
    case Upsampling::widen:
      kernels.widen(in, columns, s.wide);
      break;
    case Upsampling::between:
      kernels.between(in, s.row(far) + s.columns.begin, y % 2 == 0 ? 1 : 2, columns, s.wide);
      break;
    case Upsampling::widen_between:
      kernels.widen_between(in, s.row(far) + s.columns.begin, columns, sums_, s.wide);
      break;
    case Upsampling::repeat:
      for (int x = 0; x < columns; ++x)
        std::memset(s.wide + x * s.plane.pixels_across, in[x], static_cast<std::size_t>(s.plane.pixels_across));
      break;
  }
  return s.wide;
}

void Reconstruction::write(int y, std::uint8_t* out, bool past_caches) {
  const RowKernels& kernels = *kernels_.rows;
  const int width = window_.right - window_.left;
  const bool grey = frame_.colour == Colour::grey;
  const std::uint8_t* in[3];
  for (std::size_t c = 0; c < 3; ++c) {
    const Samples& s = samples_[grey ? 0 : c];
    in[c] = grey && c > 0 ? in[0] : upsampled(s, y) + (window_.left - s.columns.begin * s.plane.pixels_across);
  }
  if (format_ == RowFormat::grey)
    std::memcpy(out, in[0], static_cast<std::size_t>(width));
  else if (frame_.colour == Colour::ycc)
    kernels.ycc_to_rgb(in, width, out, past_caches);
  else
    kernels.interleave(in, width, out, past_caches);
}

}  // namespace fovea::codec::jpeg
