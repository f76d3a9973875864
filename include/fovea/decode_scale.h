#pragma once

namespace fovea {

// How a JPEG is decoded whose shorter side is resized to `side` pixels next. docs/conventions.md has what each changes.
enum class DecodeScale {
  exact,  // whole
  fast,   // at the smallest scale that leaves twice the side, so that the resize still averages
  draft,  // at the smallest scale that leaves the side, as Pillow's draft()
};

// DecodeOptions::shrink_to for it.
constexpr int shrink_to(DecodeScale scale, int side) {
  return scale == DecodeScale::exact ? 0 : scale == DecodeScale::fast ? 2 * side : side;
}

constexpr const char* name(DecodeScale scale) {
  return scale == DecodeScale::exact ? "exact" : scale == DecodeScale::fast ? "fast" : "draft";
}

}  // namespace fovea
