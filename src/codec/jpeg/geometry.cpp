#include "codec/jpeg/geometry.h"

#include <algorithm>

namespace fovea::codec::jpeg {
namespace {

int block_size(const Frame& frame, const Component& component, int eighths) {
  int size = eighths;
  while (size < 8 && frame.most_h * eighths % (component.h * size * 2) == 0 &&
         frame.most_v * eighths % (component.v * size * 2) == 0)
    size *= 2;
  return size;
}

// libjpeg keeps no rows for context at an eighth, and repeats the samples of very narrow pictures.
Upsampling upsampling(const Plane& plane, int eighths) {
  const bool fancy = eighths > 1;
  const int across = plane.pixels_across, down = plane.pixels_down;
  if (across == 1 && down == 1) return Upsampling::none;
  if (across == 1 && down == 2 && fancy) return Upsampling::between;
  if (across == 2 && down == 1 && fancy && plane.width > 2) return Upsampling::widen;
  if (across == 2 && down == 2 && fancy && plane.width > 2) return Upsampling::widen_between;
  return Upsampling::repeat;
}

Range samples(Range pixels, int pixels_each) {
  return {pixels.begin / pixels_each, quotient_up(pixels.end, pixels_each)};
}

}  // namespace

std::optional<Geometry> geometry(const Frame& frame, int eighths) {
  if (eighths < 1 || eighths > 8) return std::nullopt;
  Geometry out;
  out.eighths = eighths;
  out.width = quotient_up(std::int64_t{frame.width} * eighths, 8);
  out.height = quotient_up(std::int64_t{frame.height} * eighths, 8);
  out.mcu_rows = frame.most_v * eighths;
  for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
    const Component& component = frame.components[c];
    Plane& plane = out.planes[c];
    plane.size = block_size(frame, component, eighths);
    const int across = component.h * plane.size, down = component.v * plane.size;
    if (frame.most_h * eighths % across != 0 || frame.most_v * eighths % down != 0) return std::nullopt;
    plane.pixels_across = frame.most_h * eighths / across;
    plane.pixels_down = frame.most_v * eighths / down;
    plane.width = quotient_up(std::int64_t{frame.width} * across, 8 * frame.most_h);
    plane.height = quotient_up(std::int64_t{frame.height} * down, 8 * frame.most_v);
    plane.upsampling = upsampling(plane, eighths);
  }
  return out;
}

Range samples_across(const Plane& plane, Range pixels) {
  return samples(pixels, plane.pixels_across);
}

Range samples_down(const Plane& plane, Range pixels) {
  return samples(pixels, plane.pixels_down);
}

Range with_neighbours(Range samples, bool looks, int count) {
  if (!looks) return samples;
  return {std::max(samples.begin - 1, 0), std::min(samples.end + 1, count)};
}

Range mcu_rows(const Frame& frame, const Geometry& geometry, const Window& window) {
  Range rows{frame.mcus_down, 0};
  for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
    const Plane& plane = geometry.planes[c];
    const Range samples =
        with_neighbours(samples_down(plane, {window.top, window.bottom}), plane.looks_up_and_down(), plane.height);
    const int each = frame.components[c].v * plane.size;
    rows = {std::min(rows.begin, samples.begin / each), std::max(rows.end, quotient_up(samples.end, each))};
  }
  return rows;
}

}  // namespace fovea::codec::jpeg
