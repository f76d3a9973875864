#include "measure/register_kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

// Highway 1.0 has neither u8 dot products nor tiles, so these are written for the instructions themselves.
namespace fovea {
namespace {

volatile float float_sink;
volatile int int_sink;

struct alignas(64) TileLayout {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

bool has_bit(unsigned word, int bit) {
  return (word >> bit & 1u) != 0;
}

bool system_saves(unsigned state) {
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & state) == state;
}

bool tiles_permitted() {
  constexpr long request_permission = 0x1023, tile_data = 18;  // arch_prctl's ARCH_REQ_XCOMP_PERM
  return ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

constexpr int accumulators = 12;

}  // namespace

DotInstructions dot_instructions() {
  DotInstructions found;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !has_bit(c, 27)) return found;  // OSXSAVE
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  const bool wide = has_bit(b, 16) && system_saves(0xE6);
  found.i8_vectors = wide && has_bit(c, 11);
  const bool tiles = has_bit(d, 24) && system_saves(0x60000) && tiles_permitted();
  found.bf16_tiles = tiles && has_bit(d, 22);
  found.i8_tiles = tiles && has_bit(d, 25);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) found.bf16_vectors = wide && has_bit(a, 5);
  return found;
}

__attribute__((target("avx512f,avx512bf16"))) double dot_bf16_vectors(std::int64_t turns) {
  __m512 sums[accumulators];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  const __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00), y = (__m512bh)_mm512_set1_epi16(0x3c00);
  for (std::int64_t turn = 0; turn < turns; ++turn)
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, x, y);
  __m512 total = sums[0];
  for (const __m512& sum : sums) total = _mm512_add_ps(total, sum);
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, total);
  float_sink = lanes[0];
  return 64.0 * accumulators * static_cast<double>(turns);
}

__attribute__((target("avx512f,avx512vnni"))) double dot_i8_vectors(std::int64_t turns) {
  __m512i sums[accumulators];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  const __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(-2);
  for (std::int64_t turn = 0; turn < turns; ++turn)
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, x, y);
  __m512i total = sums[0];
  for (const __m512i& sum : sums) total = _mm512_add_epi32(total, sum);
  alignas(64) int lanes[16];
  _mm512_store_si512(lanes, total);
  int_sink = lanes[0];
  return 128.0 * accumulators * static_cast<double>(turns);
}

// Tiles 0 to 3 are sums of 16 x 16, 4 to 7 operands of 16 rows of 64 bytes: a matrix product's inner loop without
// loads.
#define FOVEA_TILE_LOOP(instruction)                                                                           \
  const TileLayout layout = [] {                                                                               \
    TileLayout all;                                                                                            \
    for (int t = 0; t < 8; ++t) all.row_bytes[t] = 64, all.rows[t] = 16;                                       \
    return all;                                                                                                \
  }();                                                                                                         \
  __asm__ volatile("ldtilecfg %0" ::"m"(layout));                                                              \
  __asm__ volatile(                                                                                            \
      "tilezero %tmm0\n\ttilezero %tmm1\n\ttilezero %tmm2\n\ttilezero %tmm3\n\t"                               \
      "tilezero %tmm4\n\ttilezero %tmm5\n\ttilezero %tmm6\n\ttilezero %tmm7");                                 \
  for (std::int64_t turn = 0; turn < turns; ++turn)                                                            \
    __asm__ volatile(instruction " %tmm6, %tmm4, %tmm0\n\t" instruction " %tmm7, %tmm4, %tmm1\n\t" instruction \
                                 " %tmm6, %tmm5, %tmm2\n\t" instruction " %tmm7, %tmm5, %tmm3");               \
  __asm__ volatile("tilerelease")

double dot_bf16_tiles(std::int64_t turns) {
  FOVEA_TILE_LOOP("tdpbf16ps");
  return 4.0 * 2 * 16 * 16 * 32 * static_cast<double>(turns);
}

double dot_i8_tiles(std::int64_t turns) {
  FOVEA_TILE_LOOP("tdpbusd");
  return 4.0 * 2 * 16 * 16 * 64 * static_cast<double>(turns);
}

}  // namespace fovea

#else

namespace fovea {

DotInstructions dot_instructions() {
  return {};
}
double dot_bf16_vectors(std::int64_t) {
  return 0;
}
double dot_i8_vectors(std::int64_t) {
  return 0;
}
double dot_bf16_tiles(std::int64_t) {
  return 0;
}
double dot_i8_tiles(std::int64_t) {
  return 0;
}

}  // namespace fovea
#endif
