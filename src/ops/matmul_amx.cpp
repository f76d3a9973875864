#include <cstring>

#include "ops/gemm/gemm.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ops/gemm/cells.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,amx-tile,amx-bf16,amx-int8"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,amx-tile,amx-bf16,amx-int8")
#endif

namespace fovea::ops::cpu {
namespace {

// Four AMX tiles of 16 x 16 sums; packed a is [64 bytes of terms][row][64 bytes], b as for the other instructions.
constexpr int tile_rows = 32, tile_columns = gemm::cell_columns, chunk = 64;

struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

void enter() {
  const TileConfig config;
  _tile_loadconfig(&config);
}
void leave() {
  _tile_release();
}

enum class Kind { bf16, ss, su, us, uu };

template <Kind K>
void tile(const gemm::TileCall& call) {
  constexpr Index row = 4 * tile_columns;
  const auto* left = static_cast<const char*>(call.a);
  const auto* right = static_cast<const char*>(call.b);
  if (call.before) {
    const auto* from = static_cast<const char*>(call.before);
    _tile_loadd(0, from, row);
    _tile_loadd(1, from + 64, row);
    _tile_loadd(2, from + 16 * row, row);
    _tile_loadd(3, from + 16 * row + 64, row);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (Index bytes = call.padded * (K == Kind::bf16 ? 2 : 1); bytes > 0; bytes -= chunk) {
    _tile_loadd(4, left, chunk);
    _tile_loadd(5, left + 16 * chunk, chunk);
    _tile_loadd(6, right, 4 * tile_columns);
    _tile_loadd(7, right + 64, 4 * tile_columns);
    left += tile_rows * chunk;
    right += chunk * tile_columns;
    if constexpr (K == Kind::bf16) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    } else if constexpr (K == Kind::ss) {
      _tile_dpbssd(0, 4, 6);
      _tile_dpbssd(1, 4, 7);
      _tile_dpbssd(2, 5, 6);
      _tile_dpbssd(3, 5, 7);
    } else if constexpr (K == Kind::su) {
      _tile_dpbsud(0, 4, 6);
      _tile_dpbsud(1, 4, 7);
      _tile_dpbsud(2, 5, 6);
      _tile_dpbsud(3, 5, 7);
    } else if constexpr (K == Kind::us) {
      _tile_dpbusd(0, 4, 6);
      _tile_dpbusd(1, 4, 7);
      _tile_dpbusd(2, 5, 6);
      _tile_dpbusd(3, 5, 7);
    } else {
      _tile_dpbuud(0, 4, 6);
      _tile_dpbuud(1, 4, 7);
      _tile_dpbuud(2, 5, 6);
      _tile_dpbuud(3, 5, 7);
    }
  }
  auto* to = static_cast<char*>(call.sums);
  _tile_stored(0, to, call.row);
  _tile_stored(1, to + 64, call.row);
  _tile_stored(2, to + 16 * call.row, call.row);
  _tile_stored(3, to + 16 * call.row + 64, call.row);
}

template <Index Size>
void pack_a(gemm::Matrix a, Index rows, Index depth, Index padded, void* panel) {
  auto* to = static_cast<char*>(panel);
  constexpr Index terms = chunk / Size;
  for (Index k = 0; k < padded; k += terms)
    for (Index r = 0; r < tile_rows; ++r, to += chunk) {
      const Index used = r < rows ? (depth - k < terms ? depth - k : terms) : 0;
      const std::byte* from = a.data + r * a.row + k * a.column;
      if (used == terms && a.column == Size) {
        _mm512_storeu_si512(to, _mm512_loadu_si512(from));
        continue;
      }
      std::memset(to, 0, chunk);
      for (Index i = 0; i < used; ++i) std::memcpy(to + i * Size, from + i * a.column, Size);
    }
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

template <Kind K>
gemm::Tiles tiles() {
  constexpr Index size = K == Kind::bf16 ? 2 : 1;
  gemm::Tiles t{tile_rows,
                tile_columns,
                K == Kind::bf16 ? 256 : 1024,
                chunk / size,
                size,
                size,
                K == Kind::bf16 ? gemm::Sum::f32 : gemm::Sum::i32,
                512,
                pack_a<size>,
                gemm::pack_b<size, 0>,
                tile<K>};
  t.enter = enter;
  t.leave = leave;
  if (K == Kind::bf16) t.finish = gemm::finish_bf16, t.result_bytes = 2;
  return t;
}

gemm::Tiles tiles_for(DType a, DType b) {
  if (a == DType::bf16) return tiles<Kind::bf16>();
  if (a == DType::i8) return b == DType::i8 ? tiles<Kind::ss>() : tiles<Kind::su>();
  return b == DType::i8 ? tiles<Kind::us>() : tiles<Kind::uu>();
}

class MatmulAmx final : public Kernel {
 public:
  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const MatmulShape shape = gemm::fold_batch(matmul_shape(in[0], in[1]));
    const gemm::Tiles t = tiles_for(in[0].dtype(), in[1].dtype());
    gemm::for_batch(shape, in[0], in[1], out, [&](const gemm::Product& p) { gemm::multiply(t, p); });
  }
};

// The kernel lets a process use the tiles once it has asked: ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA.
bool permitted() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
    return false;
  const unsigned needed = 1u << 22 | 1u << 24 | 1u << 25;  // amx-bf16, amx-tile, amx-int8
  return (edx & needed) == needed && ::syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

bool supports(const Call& call) {
  static const bool tiles = permitted();
  const Shape &a = call.inputs[0].shape, &b = call.inputs[1].shape;
  const DType type = call.inputs[0].dtype;
  if (!tiles || !plain(call) || !(type == DType::bf16 || size_of(type) == 1)) return false;
  // Fewer rows, columns or terms than a part of a tile are quicker without.
  return a.size() > 1 && b.size() > 1 && a[a.size() - 2] >= 16 && a.back() >= 16 && b.back() >= 16;
}

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<MatmulAmx>();
}

}  // namespace

void register_matmul_amx(Registry& r) {
  r.add_row({"matmul", Device::Kind::cpu, "amx", supports, prepare, nullptr, 2});
}

}  // namespace fovea::ops::cpu
#else
namespace fovea::ops::cpu {
void register_matmul_amx(Registry&) {}
}  // namespace fovea::ops::cpu
#endif
