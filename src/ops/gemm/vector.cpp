#include "ops/gemm/vector.h"

#include <algorithm>
#include <vector>

#include "base/threads.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gemm/vector.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::gemm::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int rows_at_once = 4, added_at_once = 8;

// y[r] = sum over c of matrix[r][c] x[c], for R rows `stride` elements apart.
template <int R, class T>
HWY_INLINE void DotRows(const T* matrix, Index stride, Index columns, const T* x, T* y) {
  const hn::ScalableTag<T> d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  hn::Vec<decltype(d)> sum[R][2];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) sum[r][0] = sum[r][1] = hn::Zero(d);
  Index c = 0;
  for (; c + 2 * n <= columns; c += 2 * n) {
    const auto x0 = hn::LoadU(d, x + c), x1 = hn::LoadU(d, x + c + n);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      sum[r][0] = hn::MulAdd(hn::LoadU(d, matrix + r * stride + c), x0, sum[r][0]);
      sum[r][1] = hn::MulAdd(hn::LoadU(d, matrix + r * stride + c + n), x1, sum[r][1]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    T total = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum[r][0], sum[r][1])));
    for (Index k = c; k < columns; ++k) total += matrix[r * stride + k] * x[k];
    y[r] = total;
  }
}

template <class T>
void dots(const T* matrix, Index stride, Index rows, Index columns, const T* x, T* y) {
  Index r = 0;
  for (; r + rows_at_once <= rows; r += rows_at_once)
    DotRows<rows_at_once>(matrix + r * stride, stride, columns, x, y + r);
  for (; r < rows; ++r) DotRows<1>(matrix + r * stride, stride, columns, x, y + r);
}

// y[c] += sum over R rows of x[r] matrix[r][c].
template <int R, class T>
HWY_INLINE void AddRows(const T* matrix, Index stride, Index columns, const T* x, T* y) {
  const hn::ScalableTag<T> d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  hn::Vec<decltype(d)> factor[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) factor[r] = hn::Set(d, x[r]);
  Index c = 0;
  for (; c + n <= columns; c += n) {
    auto sum = hn::LoadU(d, y + c);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sum = hn::MulAdd(factor[r], hn::LoadU(d, matrix + r * stride + c), sum);
    hn::StoreU(sum, d, y + c);
  }
  for (; c < columns; ++c)
    for (int r = 0; r < R; ++r) y[c] += x[r] * matrix[r * stride + c];
}

template <class T>
void sums(const T* matrix, Index stride, Index rows, Index columns, const T* x, T* y) {
  std::fill_n(y, columns, T{});
  Index r = 0;
  for (; r + added_at_once <= rows; r += added_at_once)
    AddRows<added_at_once>(matrix + r * stride, stride, columns, x + r, y);
  for (; r < rows; ++r) AddRows<1>(matrix + r * stride, stride, columns, x + r, y);
}

void DotsF32(const float* m, Index stride, Index rows, Index columns, const float* x, float* y) {
  dots(m, stride, rows, columns, x, y);
}
void DotsF64(const double* m, Index stride, Index rows, Index columns, const double* x, double* y) {
  dots(m, stride, rows, columns, x, y);
}
void SumsF32(const float* m, Index stride, Index rows, Index columns, const float* x, float* y) {
  sums(m, stride, rows, columns, x, y);
}
void SumsF64(const double* m, Index stride, Index rows, Index columns, const double* x, double* y) {
  sums(m, stride, rows, columns, x, y);
}

}  // namespace fovea::ops::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::gemm {
namespace {

HWY_EXPORT(DotsF32);
HWY_EXPORT(DotsF64);
HWY_EXPORT(SumsF32);
HWY_EXPORT(SumsF64);

constexpr Index task_elements = Index{1} << 16, chunk_terms = Index{1} << 14, block_columns = 4096;

void dots(const float* m, Index stride, Index rows, Index columns, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(DotsF32)(m, stride, rows, columns, x, y);
}
void dots(const double* m, Index stride, Index rows, Index columns, const double* x, double* y) {
  HWY_DYNAMIC_DISPATCH(DotsF64)(m, stride, rows, columns, x, y);
}
void sums(const float* m, Index stride, Index rows, Index columns, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(SumsF32)(m, stride, rows, columns, x, y);
}
void sums(const double* m, Index stride, Index rows, Index columns, const double* x, double* y) {
  HWY_DYNAMIC_DISPATCH(SumsF64)(m, stride, rows, columns, x, y);
}

// part[chunk][result], added up over the chunks in their order.
template <class T>
void add_chunks(const T* part, Index chunks, Index results, T* y) {
  parallel_for(results, task_elements / chunks + 64, [&](Index begin, Index end) {
    std::copy(part + begin, part + end, y + begin);
    for (Index k = 1; k < chunks; ++k)
      for (Index i = begin; i < end; ++i) y[i] += part[k * results + i];
  });
}

// The matrix's rows hold the terms of one result each. Terms are cut into chunks by the shape alone, so that the bits
// do not depend on the number of threads.
template <class T>
void dot_products(const T* m, Index stride, Index results, Index terms, const T* x, T* y) {
  const Index chunks = (terms + chunk_terms - 1) / chunk_terms;
  const Array room = Array::empty({chunks > 1 ? chunks * results : 0}, DTypeOf<T>::value);
  T* part = reinterpret_cast<T*>(room.data());
  const Index grain = std::max<Index>(task_elements / std::min(terms, chunk_terms), 1);
  parallel_for(results * chunks, grain, [&](Index begin, Index end) {
    for (Index at = begin; at < end;) {
      const Index chunk = at / results, row = at % results, count = std::min(results - row, end - at),
                  first = chunk * chunk_terms;
      dots(m + row * stride + first, stride, count, std::min(chunk_terms, terms - first), x + first,
           chunks > 1 ? part + at : y + row);
      at += count;
    }
  });
  if (chunks > 1) add_chunks(part, chunks, results, y);
}

// The matrix's rows hold one term of each result.
template <class T>
void sum_of_rows(const T* m, Index stride, Index terms, Index results, const T* x, T* y) {
  const Index most = std::max<Index>(task_elements / std::min(results, block_columns), 64);
  const Index chunks = (terms + most - 1) / most, blocks = (results + block_columns - 1) / block_columns;
  const Array room = Array::empty({chunks > 1 ? chunks * results : 0}, DTypeOf<T>::value);
  T* part = reinterpret_cast<T*>(room.data());
  parallel_for(chunks * blocks, 1, [&](Index begin, Index end) {
    for (Index at = begin; at < end; ++at) {
      const Index chunk = at / blocks, term = chunk * most, column = at % blocks * block_columns;
      sums(m + term * stride + column, stride, std::min(most, terms - term), std::min(block_columns, results - column),
           x + term, (chunks > 1 ? part + chunk * results : y) + column);
    }
  });
  if (chunks > 1) add_chunks(part, chunks, results, y);
}

template <class T>
bool multiply_row_as(const Product& p) {
  constexpr Index size = sizeof(T);
  if (p.b.row != size && p.b.column != size) return false;
  const T* x = reinterpret_cast<const T*>(p.a.data);
  std::vector<T> joined;
  if (p.a.column != size) {
    joined.resize(static_cast<std::size_t>(p.k));
    for (Index k = 0; k < p.k; ++k)
      joined[static_cast<std::size_t>(k)] = *reinterpret_cast<const T*>(p.a.data + k * p.a.column);
    x = joined.data();
  }
  const T* matrix = reinterpret_cast<const T*>(p.b.data);
  if (p.b.row == size)
    dot_products(matrix, p.b.column / size, p.n, p.k, x, reinterpret_cast<T*>(p.c));
  else
    sum_of_rows(matrix, p.b.row / size, p.k, p.n, x, reinterpret_cast<T*>(p.c));
  return true;
}

}  // namespace

bool multiply_row(DType type, const Product& p) {
  if (p.m != 1) return false;
  if (type == DType::f32) return multiply_row_as<float>(p);
  if (type == DType::f64) return multiply_row_as<double>(p);
  return false;
}

}  // namespace fovea::ops::gemm
#endif
