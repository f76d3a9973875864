#pragma once
#include <optional>

#include "kernel/storage.h"
#include "ops/cuda/transpose_tile.h"

// What the integer products of cuBLASLt ask for (its reference, "cublasLtMatmul", regular ordering of
// CUBLAS_COMPUTE_32I): both operands as lines of k terms that lie next to each other; k, the result's rows, the
// distance of lines and all addresses multiples of 4. Lines here are rows of a and columns of b.
namespace fovea::ops {

inline constexpr Index byte_group = 4;

// By types and shapes; how the operands lie is no matter, since those that lie otherwise are copied.
inline bool multiplies_bytes(std::span<const TensorSpec> in) {
  const Shape &a = in[0].shape, &b = in[1].shape;
  return in[0].dtype == DType::i8 && in[1].dtype == DType::i8 && a.back() % byte_group == 0 && b.size() > 1 &&
         b.back() % byte_group == 0;
}

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

// The lines of an operand's matrices, copied where they do not lie as asked.
class ByteLines {
 public:
  ByteLines(Queue queue, const void* data, Index lines, Index k, Index line_stride, Index k_stride)
      : queue_(queue),
        data_(static_cast<const std::uint8_t*>(data)),
        lines_(lines),
        k_(k),
        line_(line_stride),
        term_(k_stride) {}

  // The matrix `offset` elements behind the first one, until the next call.
  const void* at(Index offset) {
    const std::uint8_t* from = data_ + offset;
    if (lie(from)) return from;
    if (!copy_) copy_.emplace(queue_, lines_ * k_);
    Strided s;
    s.axes = 2;
    s.extent[0] = lines_, s.extent[1] = k_, s.stride[0] = line_, s.stride[1] = term_;
    copy_tiled(queue_, from, copy_->data(), s, lines_ * k_);
    return copy_->data();
  }
  // How far the lines of that matrix lie apart.
  Index apart(const void* matrix) const { return copy_ && matrix == copy_->data() ? k_ : lines_ == 1 ? k_ : line_; }

 private:
  bool lie(const std::uint8_t* from) const {
    return term_ == 1 && (lines_ == 1 || (line_ >= k_ && line_ % byte_group == 0)) &&
           reinterpret_cast<std::uintptr_t>(from) % byte_group == 0;
  }
  Queue queue_;
  const std::uint8_t* data_;
  Index lines_, k_, line_, term_;
  std::optional<Scratch<std::uint8_t>> copy_;
};

}  // namespace fovea::ops::FOVEA_PASS
