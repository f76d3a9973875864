#pragma once
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "ops/correlate/element.h"
#include "ops/correlate/geometry.h"

namespace fovea::ops {

// Rows of an image with its borders, as rows of numbers W: a pixel is `step` of them (channels, or the real and
// imaginary parts of each). Padded coordinates: pixel (top, left) is the image's first.
template <class W>
class ImageRows {
 public:
  ImageRows(const Operands& o, DType type, double fill)
      : image_(o.image),
        border_(o.border),
        top_(o.top),
        left_(o.left),
        width_(o.image.shape()[1]),
        parts_(is_complex(type) ? 2 : 1) {
    step_ = o.channels() * parts_;
    const Index real_size = static_cast<Index>(size_of(image_.dtype())) / (is_complex(image_.dtype()) ? 2 : 1);
    const Shape& strides = image_.strides();
    const bool channels_joined = image_.ndim() == 2 || o.channels() == 1 || strides[2] == 1;
    joined_ = channels_joined && (width_ == 1 || strides[1] == o.channels());
    in_place_ = joined_ && real_size == static_cast<Index>(sizeof(W)) &&
                is_complex(type) == is_complex(image_.dtype()) &&
                is_floating_type(image_.dtype()) == std::is_floating_point_v<W>;
    fill_.assign(static_cast<std::size_t>(step_), W{});
    for (Index k = 0; k < step_; k += parts_) fill_[static_cast<std::size_t>(k)] = fill_as<W>(fill, type);
  }

  Index step() const { return step_; }
  Index width() const { return width_; }
  Index left() const { return left_; }
  // The image's row at a padded row; -1: all fill.
  Index source(Index padded_row) const { return at_border(padded_row - top_, image_.shape()[0], border_); }
  // Whether rows are stored as the numbers W, one after another.
  bool in_place() const { return in_place_; }
  const W* stored(Index source_row) const {
    return reinterpret_cast<const W*>(image_.data()) + source_row * image_.strides()[0] * parts_;
  }
  const W* fill() const { return fill_.data(); }

  // Padded pixels [begin, end) of a padded row.
  void read(Index padded_row, Index begin, Index end, W* to) const {
    const Index row = source(padded_row);
    const Index inner_begin = std::clamp(left_, begin, end), inner_end = std::clamp(left_ + width_, inner_begin, end);
    for (Index p = begin; p < inner_begin; ++p)
      read_pixel(row, at_border(p - left_, width_, border_), to + (p - begin) * step_);
    read_inner(row, inner_begin - left_, inner_end - left_, to + (inner_begin - begin) * step_);
    for (Index p = inner_end; p < end; ++p)
      read_pixel(row, at_border(p - left_, width_, border_), to + (p - begin) * step_);
  }

  // The borders of rows of sums over the columns: `to` holds padded pixels [0, end), those of the image already there,
  // a pixel of the fill value's sums being `fill`.
  void pad(W* to, Index end, const W* fill) const {
    const auto place = [&](Index p) {
      const Index from = at_border(p - left_, width_, border_);
      for (Index k = 0; k < step_; ++k) to[p * step_ + k] = from < 0 ? fill[k] : to[(from + left_) * step_ + k];
    };
    for (Index p = 0; p < left_; ++p) place(p);
    for (Index p = left_ + width_; p < end; ++p) place(p);
  }

 private:
  static bool is_floating_type(DType t) { return is_complex(t) || t == DType::f32 || t == DType::f64; }

  void read_pixel(Index row, Index column, W* to) const {
    if (row < 0 || column < 0)
      std::copy(fill_.begin(), fill_.end(), to);
    else
      read_inner(row, column, column + 1, to);
  }

  void read_inner(Index row, Index begin, Index end, W* to) const {
    if (begin >= end) return;
    if (row < 0) {
      for (Index p = begin; p < end; ++p, to += step_) std::copy(fill_.begin(), fill_.end(), to);
      return;
    }
    if (in_place_) {
      std::memcpy(to, stored(row) + begin * step_, static_cast<std::size_t>((end - begin) * step_) * sizeof(W));
      return;
    }
    switch (image_.dtype()) {
      case DType::u8:
        return convert<std::uint8_t>(row, begin, end, to);
      case DType::i8:
        return convert<std::int8_t>(row, begin, end, to);
      case DType::u16:
        return convert<std::uint16_t>(row, begin, end, to);
      case DType::i16:
        return convert<std::int16_t>(row, begin, end, to);
      case DType::i32:
        return convert<std::int32_t>(row, begin, end, to);
      case DType::i64:
        return convert<std::int64_t>(row, begin, end, to);
      case DType::f16:
        return convert<Half<f16_to_f32>>(row, begin, end, to);
      case DType::bf16:
        return convert<Half<bf16_to_f32>>(row, begin, end, to);
      case DType::f32:
        return convert<float>(row, begin, end, to);
      case DType::f64:
        return convert<double>(row, begin, end, to);
      case DType::c64:
        return convert<Pair<float>>(row, begin, end, to);
      case DType::c128:
        return convert<Pair<double>>(row, begin, end, to);
      default:
        return;
    }
  }

  template <float (*Widen)(std::uint16_t)>
  struct Half {
    std::uint16_t bits;
    operator float() const { return Widen(bits); }
  };

  template <class S>
  void convert(Index row, Index begin, Index end, W* to) const {
    const Shape& strides = image_.strides();
    const S* from = reinterpret_cast<const S*>(image_.data()) + row * strides[0];
    const Index channels = step_ / parts_;
    if (joined_) {
      for (Index k = begin * channels; k < end * channels; ++k, to += parts_) put(from[k], to);
      return;
    }
    const Index channel_stride = image_.ndim() == 3 ? strides[2] : 0;
    for (Index p = begin; p < end; ++p)
      for (Index c = 0; c < channels; ++c, to += parts_) put(from[p * strides[1] + c * channel_stride], to);
  }

  template <class S>
  void put(S value, W* to) const {
    if constexpr (IsPair<S>::value) {
      to[0] = to_sum<W>(value.re);
      if (parts_ == 2) to[1] = to_sum<W>(value.im);
    } else {
      if constexpr (std::is_class_v<S>)
        to[0] = to_sum<W>(static_cast<float>(value));
      else
        to[0] = to_sum<W>(value);
      if (parts_ == 2) to[1] = W{};
    }
  }

  Array image_;
  Border border_;
  Index top_, left_, width_, parts_, step_ = 1;
  bool joined_ = false, in_place_ = false;
  std::vector<W> fill_;
};

}  // namespace fovea::ops
