#include <cstring>

#include "array/convert.h"
#include "base/half.h"
#include "ops/gemm/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/matmul_simd.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using D = hn::ScalableTag<T>;
template <class T>
constexpr Index lanes = hn::MaxLanes(D<T>());

// Rows of a tile: two vectors of sums each, with two of b and one of a beside them in the registers.
constexpr int tile_rows = HWY_TARGET <= HWY_AVX3 ? 14 : 6;
constexpr Index depth = 256;
constexpr Index prefetch_terms = 16;  // how far ahead rows of a are fetched from L2

// c[R rows][V vectors] (+)= a b over `terms`, in the order of the terms. The last vector may have fewer columns than
// lanes: `used` of them are loaded and stored. Strides in elements.
template <int R, int V, bool Masked, class T>
HWY_INLINE void Multiply(Index terms, const T* HWY_RESTRICT a, Index a_row, Index a_k, const T* HWY_RESTRICT b,
                         Index b_k, T* HWY_RESTRICT c, Index c_row, [[maybe_unused]] Index used, bool add) {
  const D<T> d;
  using Vector = hn::Vec<D<T>>;
  constexpr Index n = lanes<T>;
  [[maybe_unused]] const auto mask = hn::FirstN(d, static_cast<std::size_t>(used));
  Vector sum[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[r][v] = hn::Zero(d);
  for (Index k = 0; k < terms; ++k) {
    if constexpr (R == tile_rows && !Masked) hwy::Prefetch(a + prefetch_terms * R);
    Vector right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      if constexpr (Masked)
        right[v] = v == V - 1 ? hn::MaskedLoad(mask, d, b + v * n) : hn::LoadU(d, b + v * n);
      else
        right[v] = hn::LoadU(d, b + v * n);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector left = hn::Set(d, a[r * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = hn::MulAdd(left, right[v], sum[r][v]);
    }
    a += a_k;
    b += b_k;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* to = c + r * c_row + v * n;
      if (Masked && v == V - 1) {
        if (add) sum[r][v] = hn::Add(hn::MaskedLoad(mask, d, to), sum[r][v]);
        hn::BlendedStore(sum[r][v], mask, d, to);
      } else {
        if (add) sum[r][v] = hn::Add(hn::LoadU(d, to), sum[r][v]);
        hn::StoreU(sum[r][v], d, to);
      }
    }
}

template <class T>
void Tile(Index terms, const void* a, const void* b, void* c, Index stride, bool add) {
  constexpr Index columns = 2 * lanes<T>;
  T* to = static_cast<T*>(c);
  for (int r = 0; r < tile_rows; ++r) hwy::Prefetch(to + r * stride), hwy::Prefetch(to + r * stride + lanes<T>);
  Multiply<tile_rows, 2, false>(terms, static_cast<const T*>(a), 1, tile_rows, static_cast<const T*>(b), columns, to,
                                stride, 0, add);
}

template <class T>
const T* At(const gemm::Matrix& m, Index i, Index j) {
  return reinterpret_cast<const T*>(m.data + i * m.row + j * m.column);
}

template <class T>
void PackA(gemm::Matrix a, Index rows, Index terms, Index, void* panel) {
  T* to = static_cast<T*>(panel);
  if (rows < tile_rows) std::memset(to, 0, static_cast<std::size_t>(tile_rows * terms) * sizeof(T));
  if (rows == tile_rows && a.column == sizeof(T)) {
    for (Index k = 0; k < terms; ++k, to += tile_rows)
#pragma GCC unroll 16
      for (int r = 0; r < tile_rows; ++r) to[r] = *At<T>(a, r, k);
    return;
  }
  for (Index k = 0; k < terms; ++k, to += tile_rows)
    for (Index r = 0; r < rows; ++r) to[r] = *At<T>(a, r, k);
}

template <class T>
void PackB(gemm::Matrix b, Index columns, Index terms, Index, void* panel) {
  constexpr Index width = 2 * lanes<T>;
  T* to = static_cast<T*>(panel);
  if (columns < width) std::memset(to, 0, static_cast<std::size_t>(width * terms) * sizeof(T));
  const D<T> d;
  if (columns == width && b.column == sizeof(T)) {
    for (Index k = 0; k < terms; ++k, to += width) {
      const T* from = At<T>(b, k, 0);
      hn::StoreU(hn::LoadU(d, from), d, to);
      hn::StoreU(hn::LoadU(d, from + lanes<T>), d, to + lanes<T>);
    }
  } else if (b.column == sizeof(T)) {
    for (Index k = 0; k < terms; ++k)
      for (Index j = 0; j < columns; ++j) to[k * width + j] = *At<T>(b, k, j);
  } else {
    // Squares of 8 terms: what is read lies in few cache lines and what is written too.
    for (Index first = 0; first < terms; first += 8)
      for (Index j = 0; j < columns; ++j)
        for (Index k = first; k < terms && k < first + 8; ++k) to[k * width + j] = *At<T>(b, k, j);
  }
}

template <int R, class T>
HWY_INLINE void DirectRows(const gemm::Product& p, Index row, Index first, Index terms) {
  constexpr Index n = lanes<T>;
  constexpr Index size = sizeof(T);
  const T* a = At<T>(p.a, row, first);
  T* c = reinterpret_cast<T*>(p.c) + row * p.n;
  for (Index j = 0; j < p.n; j += 2 * n) {
    const T* b = At<T>(p.b, first, j);
    const Index left = p.n - j, a_row = p.a.row / size, a_k = p.a.column / size, b_k = p.b.row / size;
    if (left >= 2 * n)
      Multiply<R, 2, false>(terms, a, a_row, a_k, b, b_k, c + j, p.n, 0, first > 0);
    else if (left > n)
      Multiply<R, 2, true>(terms, a, a_row, a_k, b, b_k, c + j, p.n, left - n, first > 0);
    else
      Multiply<R, 1, true>(terms, a, a_row, a_k, b, b_k, c + j, p.n, left, first > 0);
  }
}

// Without packing, for products too small to gain from it; rows of b must have adjacent elements.
template <class T>
void Direct(const gemm::Product& p) {
  for (Index first = 0; first < p.k; first += depth) {
    const Index terms = p.k - first < depth ? p.k - first : depth;
    Index row = 0;
    for (; row + tile_rows <= p.m; row += tile_rows) DirectRows<tile_rows, T>(p, row, first, terms);
    if constexpr (tile_rows > 8)
      for (; row + 8 <= p.m; row += 8) DirectRows<8, T>(p, row, first, terms);
    for (; row + 4 <= p.m; row += 4) DirectRows<4, T>(p, row, first, terms);
    for (; row + 2 <= p.m; row += 2) DirectRows<2, T>(p, row, first, terms);
    for (; row < p.m; ++row) DirectRows<1, T>(p, row, first, terms);
  }
}

template <class T>
gemm::Tiles MakeTiles(gemm::Sum sum) {
  return {tile_rows, 2 * lanes<T>, depth, 1, sizeof(T), sizeof(T), sum, 448, PackA<T>, PackB<T>, Tile<T>};
}

gemm::Tiles TilesF32() {
  return MakeTiles<float>(gemm::Sum::f32);
}
gemm::Tiles TilesF64() {
  return MakeTiles<double>(gemm::Sum::f64);
}
void DirectF32(const gemm::Product& p) {
  Direct<float>(p);
}
void DirectF64(const gemm::Product& p) {
  Direct<double>(p);
}
// SSE and the scalar target have no masked loads.
bool HasDirect() {
  return HWY_TARGET <= HWY_AVX2;
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(TilesF32);
HWY_EXPORT(TilesF64);
HWY_EXPORT(DirectF32);
HWY_EXPORT(DirectF64);
HWY_EXPORT(HasDirect);

constexpr double direct_work = 64.0 * 64 * 64;

void multiply(const Array& a, const Array& b, const Array& out) {
  const MatmulShape shape = gemm::fold_batch(matmul_shape(a, b));
  const bool wide = out.dtype() == DType::f64;
  const auto size = static_cast<Index>(size_of(out.dtype()));
  if (shape.k == 0) {
    std::memset(out.data(), 0, static_cast<std::size_t>(out.size() * size));
    return;
  }
  const gemm::Tiles tiles = wide ? HWY_DYNAMIC_DISPATCH(TilesF64)() : HWY_DYNAMIC_DISPATCH(TilesF32)();
  const bool has_direct = HWY_DYNAMIC_DISPATCH(HasDirect)();
  gemm::for_batch(shape, a, b, out, [&](const gemm::Product& p) {
    const double work = static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
    const bool rows_of_b = p.b.column == size || p.n == 1;
    if (!has_direct || !rows_of_b || work > direct_work) return gemm::multiply(tiles, p);
    if (wide)
      HWY_DYNAMIC_DISPATCH(DirectF64)(p);
    else
      HWY_DYNAMIC_DISPATCH(DirectF32)(p);
  });
}

class MatmulSimd final : public Kernel {
 public:
  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const DType type = out.dtype();
    if (type == DType::f32 || type == DType::f64) return multiply(in[0], in[1], out);
    const Array sums = Array::empty(out.shape(), DType::f32);
    multiply(to_f32(in[0]), to_f32(in[1]), sums);
    const float* from = reinterpret_cast<const float*>(sums.data());
    auto* to = reinterpret_cast<std::uint16_t*>(out.data());
    parallel_for(out.size(), 1 << 15, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] = type == DType::bf16 ? f32_to_bf16(from[i]) : f32_to_f16(from[i]);
    });
  }
};

bool supports(const Call& call) {
  return plain(call) && is_floating(call.inputs[0].dtype);
}

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<MatmulSimd>();
}

}  // namespace

void register_matmul_simd(Registry& r) {
  r.add_row({"matmul", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
