#pragma once
#include "ops/fft/direct.h"

namespace fovea::ops::FOVEA_PASS {

// A half spectrum holds some numbers twice: over the last axis the first ones, and of even lengths the last ones, each
// with its conjugate at the negative frequencies of the other axes. Only the part counts in which both agree; cuFFT
// takes for granted that they do. Arrays lie as [planes, rows, n / 2 + 1].
template <class T>
struct HermitianEnds {
  Pair<T>* x;
  Index planes, rows, n;

  FOVEA_HD void operator()(Index array, Index plane, Index row) const {
    const Index here = plane * rows + row, half = n / 2 + 1;
    const Index there = (plane == 0 ? 0 : planes - plane) * rows + (row == 0 ? 0 : rows - row);
    if (here > there) return;
    Pair<T>* first = x + array * planes * rows * half;
    agree(first[here * half], first[there * half]);
    if (n % 2 == 0) agree(first[here * half + n / 2], first[there * half + n / 2]);
  }

 private:
  FOVEA_HD static void agree(Pair<T>& a, Pair<T>& b) {  // may be one number, which becomes real
    const T re = T(0.5) * a.re + T(0.5) * b.re, im = T(0.5) * a.im - T(0.5) * b.im;
    a = {re, im};
    b = {re, -im};
  }
};

// Of every array in `x`; `lengths` are those of the last one to three axes.
template <class T>
void make_ends_hermitian(Queue queue, Pair<T>* x, Index arrays, std::span<const Index> lengths) {
  const std::size_t rank = lengths.size();
  const HermitianEnds<T> body{x, rank > 2 ? lengths[rank - 3] : 1, rank > 1 ? lengths[rank - 2] : 1, lengths[rank - 1]};
  for_each(queue, {arrays, body.planes, body.rows}, body);
}

}  // namespace fovea::ops::FOVEA_PASS
