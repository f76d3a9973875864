#pragma once
#include "base/threads.h"
#include "ops/correlate/image_rows.h"
#include "ops/correlate/row_sums.h"
#include "ops/correlate/taps.h"

namespace fovea::ops {

template <class W>
Index slack() {
  return 64 / static_cast<Index>(sizeof(W));  // one vector
}

// Rows of `width` numbers in memory of their own, with room for a vector behind each.
template <class W>
class Block {
 public:
  Block(Index rows, Index width) : stride_((width + 2 * slack<W>() - 1) / slack<W>() * slack<W>()) {
    if (stride_ * static_cast<Index>(sizeof(W)) % 1024 == 0) stride_ += slack<W>();  // rows in distinct cache sets
    bytes_ = Array::zeros({rows * stride_ * static_cast<Index>(sizeof(W))}, DType::u8);
  }
  W* row(Index r) const { return reinterpret_cast<W*>(bytes_.data()) + r * stride_; }
  Index stride() const { return stride_; }

 private:
  Index stride_;
  Array bytes_;
};

// Padded pixels [begin, end) of the last few padded rows.
template <class W>
class Ring {
 public:
  Ring(const ImageRows<W>& x, Index begin, Index end, Index rows)
      : x_(x), begin_(begin), end_(end), rows_(rows), block_(rows, (end - begin) * x.step()) {}

  // Pointers to rows [first, last) in `to`; calls go forward, with at most `rows` rows each.
  void point(Index first, Index last, const W** to) {
    for (next_ = std::max(next_, first); next_ < last; ++next_) x_.read(next_, begin_, end_, block_.row(next_ % rows_));
    for (Index q = first; q < last; ++q) to[q - first] = block_.row(q % rows_);
  }

 private:
  const ImageRows<W>& x_;
  Index begin_, end_, rows_, next_ = 0;
  Block<W> block_;
};

// Where sums go: to the output itself when it holds numbers W one after another, else over rows of their own.
template <class W>
class Target {
 public:
  Target(const Array& out, Index row, bool scratch)
      : out_(out), row_(row), in_place_(!scratch && size_of_part(out.dtype()) == sizeof(W) && !half(out.dtype())) {}

  bool in_place() const { return in_place_; }
  W* row(Index m) const { return reinterpret_cast<W*>(out_.data()) + m * row_; }

  void put(Index m, const W* from) const {
    const DType type = out_.dtype();
    if constexpr (std::is_same_v<W, float>)
      if (half(type)) {
        auto* to = reinterpret_cast<std::uint16_t*>(out_.data()) + m * row_;
        for (Index k = 0; k < row_; ++k) to[k] = type == DType::f16 ? f32_to_f16(from[k]) : f32_to_bf16(from[k]);
        return;
      }
    if constexpr (std::is_integral_v<W>)
      if (size_of(type) == 1) {
        auto* to = reinterpret_cast<std::uint8_t*>(out_.data()) + m * row_;
        for (Index k = 0; k < row_; ++k) to[k] = static_cast<std::uint8_t>(from[k]);
        return;
      }
    std::memcpy(row(m), from, static_cast<std::size_t>(row_) * sizeof(W));
  }

 private:
  static bool half(DType t) { return t == DType::f16 || t == DType::bf16; }
  static std::size_t size_of_part(DType t) { return size_of(t) / (is_complex(t) ? 2 : 1); }
  Array out_;
  Index row_;
  bool in_place_;
};

// Bands of rows_at_once output rows to a task of at least 20 microseconds.
template <class Body>
void for_bands(Index rows, double products_a_row, const Body& body) {
  constexpr double products_a_task = 20e3 * 16;
  const Index bands = (rows + rows_at_once - 1) / rows_at_once;
  const double wanted = products_a_task / (products_a_row * static_cast<double>(rows_at_once) + 1);
  parallel_for(bands, static_cast<Index>(wanted) + 1, body);
}

// Every sum over all taps.
template <class W>
void direct_sums(const ImageRows<W>& x, const Taps<W>& taps, const Array& out, bool conjugate);

// Sums over the columns, then over the rows of those.
template <class W>
void separable_sums(const ImageRows<W>& x, const Factors<W>& factors, const Array& out, bool conjugate);

}  // namespace fovea::ops
