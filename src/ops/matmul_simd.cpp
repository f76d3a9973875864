#include <cstring>

#include "base/half.h"
#include "ops/gemm/gemm.h"
#include "ops/gemm/vector.h"

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
constexpr Index depth = 192;
constexpr Index prefetch_terms = 16;  // how far ahead rows of a are fetched from L2

// Strides in elements.
template <class T>
struct Operands {
  const T* a;
  Index a_row, a_k;
  const T* b;
  Index b_k;
  const T* before;  // null: none
  Index before_row;
  T* c;
  Index c_row;
};
struct Ahead {
  const std::byte* at;
  Index step;
};
enum class From { panels, rows, short_rows };

// c[R rows][V vectors] = before + a b over `terms`, in the order of the terms. The last vector of short rows has `used`
// columns, fewer than lanes.
template <int R, int V, From F, class T>
HWY_INLINE void Multiply(Index terms, Operands<T> o, [[maybe_unused]] Index used, [[maybe_unused]] Ahead ahead) {
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
    if constexpr (F == From::panels) {
      hwy::Prefetch(o.a + prefetch_terms * R);
      if constexpr (R * sizeof(T) > 64) hwy::Prefetch(o.a + prefetch_terms * R + 64 / sizeof(T));
      __builtin_prefetch(ahead.at, 0, 2);
      ahead.at += ahead.step;
    }
    Vector right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      if constexpr (F == From::short_rows)
        right[v] = v == V - 1 ? hn::MaskedLoad(mask, d, o.b + v * n) : hn::LoadU(d, o.b + v * n);
      else
        right[v] = hn::LoadU(d, o.b + v * n);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector left = hn::Set(d, o.a[r * o.a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = hn::MulAdd(left, right[v], sum[r][v]);
    }
    o.a += o.a_k;
    o.b += o.b_k;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* to = o.c + r * o.c_row + v * n;
      const Index at = r * o.before_row + v * n;
      if (F == From::short_rows && v == V - 1) {
        if (o.before) sum[r][v] = hn::Add(hn::MaskedLoad(mask, d, o.before + at), sum[r][v]);
        hn::BlendedStore(sum[r][v], mask, d, to);
      } else {
        if (o.before) sum[r][v] = hn::Add(hn::LoadU(d, o.before + at), sum[r][v]);
        hn::StoreU(sum[r][v], d, to);
      }
    }
}

template <class T>
void Tile(const gemm::TileCall& call) {
  constexpr Index columns = 2 * lanes<T>;
  T* to = static_cast<T*>(call.sums);
  const Index row = call.row / static_cast<Index>(sizeof(T));
  for (int r = 0; r < tile_rows; ++r) {
    __builtin_prefetch(to + r * row, 1);
    __builtin_prefetch(to + r * row + columns - 1, 1);
  }
  const Operands<T> operands{static_cast<const T*>(call.a),
                             1,
                             tile_rows,
                             static_cast<const T*>(call.b),
                             columns,
                             static_cast<const T*>(call.before),
                             columns,
                             to,
                             row};
  Multiply<tile_rows, 2, From::panels>(call.padded, operands, 0, {call.ahead, call.ahead_step});
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

// Below AVX2 Highway converts f16 without infinities and NaN, and may not round to nearest.
constexpr bool converts_f16 = HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86;

// `count` 16-bit floats `stride` bytes apart.
template <class Half>
void Widen(const std::byte* from, Index stride, Index count, float* to) {
  const D<float> d;
  const hn::Rebind<Half, D<float>> half;
  if (std::is_same_v<Half, hwy::float16_t> && !converts_f16) {
    for (Index k = 0; k < count; ++k) {
      std::uint16_t bits;
      std::memcpy(&bits, from + k * stride, sizeof bits);
      to[k] = f16_to_f32(bits);
    }
    return;
  }
  for (Index k = 0; k < count; k += lanes<float>, from += lanes<float> * stride) {
    const Index left = count - k < lanes<float> ? count - k : lanes<float>;
    if (left == lanes<float> && stride == sizeof(Half)) {
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, reinterpret_cast<const Half*>(from))), d, to + k);
      continue;
    }
    HWY_ALIGN Half part[lanes<float>] = {};
    HWY_ALIGN float wide[lanes<float>];
    for (Index j = 0; j < left; ++j) std::memcpy(part + j, from + j * stride, sizeof(Half));
    hn::Store(hn::PromoteTo(d, hn::Load(half, part)), d, wide);
    std::memcpy(to + k, wide, static_cast<std::size_t>(left) * sizeof(float));
  }
}

template <class Half>
void PackHalfA(gemm::Matrix a, Index rows, Index terms, Index padded, void* panel) {
  HWY_ALIGN float wide[tile_rows * depth];
  for (Index r = 0; r < rows; ++r) Widen<Half>(a.data + r * a.row, a.column, terms, wide + r * depth);
  PackA<float>({reinterpret_cast<const std::byte*>(wide), depth * 4, 4}, rows, terms, padded, panel);
}

template <class Half>
void PackHalfB(gemm::Matrix b, Index columns, Index terms, Index padded, void* panel) {
  constexpr Index width = 2 * lanes<float>;
  HWY_ALIGN float wide[width * depth];
  const auto* from = reinterpret_cast<const std::byte*>(wide);
  if (b.column == sizeof(Half)) {
    for (Index k = 0; k < terms; ++k) Widen<Half>(b.data + k * b.row, b.column, columns, wide + k * width);
    PackB<float>({from, width * 4, 4}, columns, terms, padded, panel);
  } else {
    for (Index j = 0; j < columns; ++j) Widen<Half>(b.data + j * b.column, b.row, terms, wide + j * depth);
    PackB<float>({from, 4, depth * 4}, columns, terms, padded, panel);
  }
}

void NarrowBf16(const void* sums, Index count, void* result) {
  for (Index k = 0; k < count; ++k)
    static_cast<std::uint16_t*>(result)[k] = f32_to_bf16(static_cast<const float*>(sums)[k]);
}

void NarrowF16(const void* sums, Index count, void* result) {
  const auto* from = static_cast<const float*>(sums);
  auto* to = static_cast<std::uint16_t*>(result);
  Index k = 0;
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
  const D<float> d;
  const hn::Rebind<hwy::float16_t, D<float>> half;
  for (; k + lanes<float> <= count; k += lanes<float>)
    hn::StoreU(hn::DemoteTo(half, hn::LoadU(d, from + k)), half, reinterpret_cast<hwy::float16_t*>(to + k));
#endif
  for (; k < count; ++k) to[k] = f32_to_f16(from[k]);
}

template <int R, class T>
HWY_INLINE void DirectRows(const gemm::Product& p, Index row, Index first, Index terms) {
  constexpr Index n = lanes<T>;
  constexpr Index size = sizeof(T);
  Operands<T> o{At<T>(p.a, row, first),
                p.a.row / size,
                p.a.column / size,
                nullptr,
                p.b.row / size,
                nullptr,
                p.n,
                reinterpret_cast<T*>(p.c) + row * p.n,
                p.n};
  for (Index j = 0; j < p.n; j += 2 * n, o.c += 2 * n) {
    o.b = At<T>(p.b, first, j);
    if (first > 0) o.before = o.c;
    const Index left = p.n - j;
    if (left >= 2 * n)
      Multiply<R, 2, From::rows>(terms, o, 0, {});
    else if (left > n)
      Multiply<R, 2, From::short_rows>(terms, o, left - n, {});
    else
      Multiply<R, 1, From::short_rows>(terms, o, left, {});
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
  return {tile_rows, 2 * lanes<T>, depth, 1, sizeof(T), sizeof(T), sum, 3584 / sizeof(T), PackA<T>, PackB<T>, Tile<T>};
}

gemm::Tiles TilesF32() {
  return MakeTiles<float>(gemm::Sum::f32);
}
gemm::Tiles TilesF64() {
  return MakeTiles<double>(gemm::Sum::f64);
}
template <class Half>
gemm::Tiles MakeHalfTiles(void (*narrow)(const void*, Index, void*)) {
  gemm::Tiles t = MakeTiles<float>(gemm::Sum::f32);
  t.pack_a = PackHalfA<Half>;
  t.pack_b = PackHalfB<Half>;
  t.finish = narrow;
  t.result_bytes = sizeof(Half);
  return t;
}
gemm::Tiles TilesF16() {
  return MakeHalfTiles<hwy::float16_t>(NarrowF16);
}
gemm::Tiles TilesBf16() {
  return MakeHalfTiles<hwy::bfloat16_t>(NarrowBf16);
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
HWY_EXPORT(TilesF16);
HWY_EXPORT(TilesBf16);
HWY_EXPORT(DirectF32);
HWY_EXPORT(DirectF64);
HWY_EXPORT(HasDirect);

constexpr double direct_work = 100.0 * 100 * 100;

gemm::Tiles tiles_for(DType type) {
  switch (type) {
    case DType::f16:
      return HWY_DYNAMIC_DISPATCH(TilesF16)();
    case DType::bf16:
      return HWY_DYNAMIC_DISPATCH(TilesBf16)();
    case DType::f64:
      return HWY_DYNAMIC_DISPATCH(TilesF64)();
    default:
      return HWY_DYNAMIC_DISPATCH(TilesF32)();
  }
}

class MatmulSimd final : public Kernel {
 public:
  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const DType type = out.dtype();
    const MatmulShape shape = gemm::fold_batch(matmul_shape(in[0], in[1]));
    const auto size = static_cast<Index>(size_of(type));
    if (shape.k == 0) {
      std::memset(out.data(), 0, static_cast<std::size_t>(out.size() * size));
      return;
    }
    const gemm::Tiles tiles = tiles_for(type);
    const bool direct = (type == DType::f32 || type == DType::f64) && HWY_DYNAMIC_DISPATCH(HasDirect)();
    gemm::for_batch(shape, in[0], in[1], out, [&](const gemm::Product& p) {
      const double work = static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
      if (direct && work <= direct_work && (p.b.column == size || p.n == 1)) {
        if (type == DType::f64)
          HWY_DYNAMIC_DISPATCH(DirectF64)(p);
        else
          HWY_DYNAMIC_DISPATCH(DirectF32)(p);
        return;
      }
      const gemm::Product row = gemm::row_of_column(p);
      if (work > direct_work && gemm::multiply_row(type, row)) return;
      gemm::multiply(tiles, row);
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
