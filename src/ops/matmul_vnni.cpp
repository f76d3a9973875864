#include <cstring>
#include <vector>

#include "ops/gemm/gemm.h"

#if defined(__x86_64__)
#include "ops/gemm/cells.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16")
#endif

namespace fovea::ops::cpu {
namespace {

constexpr int tile_rows = 14, tile_columns = 32;
constexpr Index prefetch_bytes = 16 * tile_rows * 4;

// Cells of 4 bytes, 4 or 2 successive terms, lie [step][row] and [step][column].
struct Bytes {
  using Vector = __m512i;
  using Sum = std::int32_t;
  static constexpr Index group = 4;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector load(const Sum* from) { return _mm512_loadu_si512(from); }
  static void store(Sum* to, Vector v) { _mm512_storeu_si512(to, v); }
  static Vector plus(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
  static Vector add(Vector sum, __m512i a, __m512i b) { return _mm512_dpbusd_epi32(sum, a, b); }
};
struct Bf16 {
  using Vector = __m512;
  using Sum = float;
  static constexpr Index group = 2;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const Sum* from) { return _mm512_loadu_ps(from); }
  static void store(Sum* to, Vector v) { _mm512_storeu_ps(to, v); }
  static Vector plus(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector add(Vector sum, __m512i a, __m512i b) {
    __m512bh left, right;
    std::memcpy(&left, &a, sizeof left);
    std::memcpy(&right, &b, sizeof right);
    return _mm512_dpbf16_ps(sum, left, right);
  }
};

template <class Type>
void tile(const gemm::TileCall& call) {
  const auto* left = static_cast<const char*>(call.a);
  const auto* right = static_cast<const char*>(call.b);
  const auto* from = static_cast<const typename Type::Sum*>(call.before);
  const std::byte* ahead = call.ahead;
  for (int r = 0; r < tile_rows; ++r) {
    const char* to = static_cast<const char*>(call.sums) + r * call.row;
    __builtin_prefetch(to, 1);
    __builtin_prefetch(to + 4 * tile_columns - 1, 1);
  }
  typename Type::Vector sum[tile_rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < tile_rows; ++r) sum[r][0] = sum[r][1] = Type::zero();
  for (Index step = call.padded / Type::group; step > 0; --step) {
    _mm_prefetch(left + prefetch_bytes, _MM_HINT_T0);
    __builtin_prefetch(ahead, 0, 2);
    ahead += Type::group * call.ahead_step;
    const __m512i b0 = _mm512_loadu_si512(right), b1 = _mm512_loadu_si512(right + 64);
#pragma GCC unroll 16
    for (int r = 0; r < tile_rows; ++r) {
      int cell;
      std::memcpy(&cell, left + 4 * r, 4);
      const __m512i value = _mm512_set1_epi32(cell);
      sum[r][0] = Type::add(sum[r][0], value, b0);
      sum[r][1] = Type::add(sum[r][1], value, b1);
    }
    left += 4 * tile_rows;
    right += 4 * tile_columns;
  }
#pragma GCC unroll 16
  for (int r = 0; r < tile_rows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) {
      if (from) sum[r][v] = Type::plus(Type::load(from + r * tile_columns + 16 * v), sum[r][v]);
      Type::store(reinterpret_cast<typename Type::Sum*>(static_cast<char*>(call.sums) + r * call.row) + 16 * v,
                  sum[r][v]);
    }
}

template <Index Size, std::uint32_t Flip>
void pack_a(gemm::Matrix a, Index rows, Index depth, Index padded, void* panel) {
  auto* to = static_cast<std::uint32_t*>(panel);
  constexpr Index group = 4 / Size;
  if (rows < tile_rows) std::memset(panel, 0, static_cast<std::size_t>(tile_rows * padded * Size));
  Index k = 0;
  if (rows == tile_rows && a.column == Size)
    for (; k + group <= depth; k += group, to += tile_rows)
#pragma GCC unroll 16
      for (int r = 0; r < tile_rows; ++r) {
        std::memcpy(to + r, a.data + r * a.row + k * Size, 4);
        to[r] ^= Flip;
      }
  for (; k < depth; k += group, to += tile_rows)
    for (Index r = 0; r < rows; ++r)
      to[r] = gemm::cell<Size, Flip>(a.data + r * a.row + k * a.column, a.column, depth - k);
}

}  // namespace
}  // namespace fovea::ops::cpu

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace fovea::ops::cpu {
namespace {

constexpr std::uint32_t signs = 0x80808080u;

template <std::uint32_t FlipA, std::uint32_t FlipB>
gemm::Tiles byte_tiles() {
  return {tile_rows,        tile_columns,           1024,       4, 1, 1, gemm::Sum::i32, 224,
          pack_a<1, FlipA>, gemm::pack_b<1, FlipB>, tile<Bytes>};
}

gemm::Tiles bf16_tiles() {
  gemm::Tiles tiles{tile_rows,    tile_columns,       512,       2, 2, 2, gemm::Sum::f32, 224,
                    pack_a<2, 0>, gemm::pack_b<2, 0>, tile<Bf16>};
  tiles.finish = gemm::finish_bf16;
  tiles.result_bytes = 2;
  return tiles;
}

// out[i] = factor * sum over k of the elements (i, k).
template <class T>
void sums(const std::byte* data, Index count, Index stride, Index terms, Index k_stride, std::uint32_t offset,
          std::uint32_t factor, std::int32_t* out) {
  const auto value = [&](Index i, Index k) {
    return static_cast<std::uint32_t>(int{*reinterpret_cast<const T*>(data + i * stride + k * k_stride)});
  };
  std::vector<std::uint32_t> total(static_cast<std::size_t>(count), static_cast<std::uint32_t>(terms) * offset);
  if (k_stride == 1)
    for (Index i = 0; i < count; ++i)
      for (Index k = 0; k < terms; ++k) total[static_cast<std::size_t>(i)] += value(i, k);
  else
    for (Index k = 0; k < terms; ++k)
      for (Index i = 0; i < count; ++i) total[static_cast<std::size_t>(i)] += value(i, k);
  for (Index i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(total[static_cast<std::size_t>(i)] * factor);
}

// vpdpbusd takes unsigned times signed bytes. With a' = a + 128 for signed a, and b' = b - 128 for unsigned b:
// sum a b = sum a' b' + [b unsigned] 128 sum a' - [a signed] 128 sum b.
void multiply_bytes(bool a_signed, bool b_signed, gemm::Product p) {
  std::vector<std::int32_t> rows, columns;
  if (!b_signed) {
    rows.resize(static_cast<std::size_t>(p.m));
    parallel_for(p.m, (1 << 18) / (p.k + 1) + 1, [&](Index begin, Index end) {
      const std::byte* from = p.a.data + begin * p.a.row;
      std::int32_t* to = rows.data() + begin;
      if (a_signed)
        sums<std::int8_t>(from, end - begin, p.a.row, p.k, p.a.column, 128, 128, to);
      else
        sums<std::uint8_t>(from, end - begin, p.a.row, p.k, p.a.column, 0, 128, to);
    });
    p.row_start = rows.data();
  }
  if (a_signed) {
    columns.resize(static_cast<std::size_t>(p.n));
    parallel_for(p.n, (1 << 18) / (p.k + 1) + 64, [&](Index begin, Index end) {
      const std::byte* from = p.b.data + begin * p.b.column;
      std::int32_t* to = columns.data() + begin;
      const auto factor = static_cast<std::uint32_t>(-128);
      if (b_signed)
        sums<std::int8_t>(from, end - begin, p.b.column, p.k, p.b.row, 0, factor, to);
      else
        sums<std::uint8_t>(from, end - begin, p.b.column, p.k, p.b.row, 0, factor, to);
    });
    p.column_start = columns.data();
  }
  if (a_signed && b_signed) gemm::multiply(byte_tiles<signs, 0>(), p);
  if (a_signed && !b_signed) gemm::multiply(byte_tiles<signs, signs>(), p);
  if (!a_signed && b_signed) gemm::multiply(byte_tiles<0, 0>(), p);
  if (!a_signed && !b_signed) gemm::multiply(byte_tiles<0, signs>(), p);
}

class MatmulVnni final : public Kernel {
 public:
  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const MatmulShape shape = gemm::fold_batch(matmul_shape(in[0], in[1]));
    if (shape.k == 0) {
      std::memset(out.data(), 0, static_cast<std::size_t>(out.size()) * size_of(out.dtype()));
      return;
    }
    const gemm::Tiles bf16 = bf16_tiles();
    gemm::for_batch(shape, in[0], in[1], out, [&](const gemm::Product& p) {
      if (out.dtype() == DType::bf16)
        gemm::multiply(bf16, gemm::row_of_column(p));
      else
        multiply_bytes(in[0].dtype() == DType::i8, in[1].dtype() == DType::i8, p);
    });
  }
};

bool supports(const Call& call) {
  static const bool vectors =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  static const bool bytes = vectors && __builtin_cpu_supports("avx512vnni");
  static const bool bf16 = bytes && __builtin_cpu_supports("avx512bf16");
  const DType type = call.inputs[0].dtype;
  return plain(call) && (type == DType::bf16 ? bf16 : (type == DType::u8 || type == DType::i8) && bytes);
}

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<MatmulVnni>();
}

}  // namespace

void register_matmul_vnni(Registry& r) {
  r.add_row({"matmul", Device::Kind::cpu, "vnni", supports, prepare, nullptr, 1});
}

}  // namespace fovea::ops::cpu
#else
namespace fovea::ops::cpu {
void register_matmul_vnni(Registry&) {}
}  // namespace fovea::ops::cpu
#endif
