#include "codec/jpeg/colour_vbmi.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni"))), \
                             apply_to = function)
#else
#pragma GCC diagnostic ignored "-Wuninitialized"  // in GCC's own intrinsics (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")
#endif

// 64 pixels at a time. The arithmetic is that of row_kernels_simd.cpp.
namespace fovea::codec::jpeg {
namespace {

constexpr int pixels = 64;

struct Rgb {
  __m512i r, g, b;
};

// Words of even and of odd pixels.
struct Halves {
  __m512i even, odd;
};

Halves halves(__m512i bytes) {
  return {_mm512_and_si512(bytes, _mm512_set1_epi16(255)), _mm512_srli_epi16(bytes, 8)};
}
Halves signed_halves(__m512i bytes) {
  const __m512i centred = _mm512_xor_si512(bytes, _mm512_set1_epi8(-128));
  return {_mm512_srai_epi16(_mm512_slli_epi16(centred, 8), 8), _mm512_srai_epi16(centred, 8)};
}

// x * factor / 2^15, rounded.
__m512i product(__m512i x, int factor) {
  return _mm512_mulhrs_epi16(x, _mm512_set1_epi16(static_cast<short>(factor)));
}

// -0.34414 cb + 0.28586 cr of pairs.
__m512i green(__m512i pairs) {
  __m512i sum = _mm512_set1_epi32(1 << 15);
  const __m512i factors = _mm512_set1_epi32((-22554 & 0xffff) | 18734 << 16);
  asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(pairs), "v"(factors));
  return _mm512_srai_epi32(sum, 16);
}

[[gnu::always_inline]] inline Rgb converted(__m512i y, __m512i cb, __m512i cr) {
  const __m512i r = _mm512_add_epi16(cr, product(cr, 13173));
  const __m512i b = _mm512_add_epi16(_mm512_add_epi16(cb, cb), product(cb, -7471));
  const __m512i g = _mm512_packs_epi32(green(_mm512_unpacklo_epi16(cb, cr)), green(_mm512_unpackhi_epi16(cb, cr)));
  return {_mm512_add_epi16(y, r), _mm512_add_epi16(y, _mm512_sub_epi16(g, cr)), _mm512_add_epi16(y, b)};
}

// Bytes of even pixels, then of odd ones, in each 128 bits. Three vectors do not come back from a call in registers.
[[gnu::always_inline]] inline Rgb converted(const std::uint8_t* const in[3], int at) {
  const Halves y = halves(_mm512_loadu_si512(in[0] + at)), cb = signed_halves(_mm512_loadu_si512(in[1] + at)),
               cr = signed_halves(_mm512_loadu_si512(in[2] + at));
  const Rgb even = converted(y.even, cb.even, cr.even), odd = converted(y.odd, cb.odd, cr.odd);
  return {_mm512_packus_epi16(even.r, odd.r), _mm512_packus_epi16(even.g, odd.g), _mm512_packus_epi16(even.b, odd.b)};
}

constexpr int place_of(int pixel, bool halved) {
  return halved ? pixel / 16 * 16 + pixel % 2 * 8 + pixel % 16 / 2 : pixel;
}

// Where byte i of vector v of three comes from, and which bytes a channel has.
struct Order {
  alignas(64) std::array<std::array<std::uint8_t, 64>, 3> places{};
  std::array<std::array<std::uint64_t, 3>, 3> masks{};

  constexpr explicit Order(bool halved) {
    for (int v = 0; v < 3; ++v)
      for (int i = 0; i < 64; ++i) {
        const int byte = 64 * v + i;
        places[static_cast<std::size_t>(v)][static_cast<std::size_t>(i)] =
            static_cast<std::uint8_t>(place_of(byte / 3, halved));
        masks[static_cast<std::size_t>(v)][static_cast<std::size_t>(byte % 3)] |= std::uint64_t{1} << i;
      }
  }
};
constexpr Order in_order(false), from_halves(true);

struct Interleaved {
  __m512i part[3];
};

[[gnu::always_inline]] inline Interleaved interleaved(const Rgb& from, const Order& order) {
  Interleaved out;
  for (std::size_t v = 0; v < 3; ++v) {
    const __m512i places = _mm512_load_si512(order.places[v].data());
    const __m512i r = _mm512_maskz_permutexvar_epi8(order.masks[v][0], places, from.r);
    const __m512i rg = _mm512_mask_permutexvar_epi8(r, order.masks[v][1], places, from.g);
    out.part[v] = _mm512_mask_permutexvar_epi8(rg, order.masks[v][2], places, from.b);
  }
  return out;
}

// Interleaves what `make(at)` gives for 64 pixels, for `count` of them. Reads up to 63 pixels beyond.
template <class Make>
void write_rows(const Make& make, const Order& order, int count, std::uint8_t* out, bool past_caches) {
  const auto store = [&](int at) {
    const Interleaved i = interleaved(make(at), order);
    for (int v = 0; v < 3; ++v) _mm512_storeu_si512(out + 3 * at + 64 * v, i.part[v]);
  };
  int at = 0;
  if (past_caches && count >= 2 * pixels) {
    // 43 is 1 / 3 modulo 64: from this pixel on, vectors are whole lines of the cache.
    const int first = static_cast<int>(-reinterpret_cast<std::uintptr_t>(out) * 43 % 64);
    store(0);
    for (at = first; at + pixels <= count; at += pixels) {
      const Interleaved i = interleaved(make(at), order);
      for (int v = 0; v < 3; ++v) _mm512_stream_si512(reinterpret_cast<__m512i*>(out + 3 * at + 64 * v), i.part[v]);
    }
    _mm_sfence();
  } else {
    for (; at + pixels <= count; at += pixels) store(at);
  }
  if (at == count) return;
  if (count >= pixels) return store(count - pixels);
  const Interleaved i = interleaved(make(0), order);
  for (int v = 0; v < 3; ++v) {
    const int bytes = 3 * count - 64 * v;
    if (bytes > 0) _mm512_mask_storeu_epi8(out + 64 * v, bytes >= 64 ? ~0ull : (1ull << bytes) - 1, i.part[v]);
  }
}

void ycc_to_rgb(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool past_caches) {
  write_rows([&](int at) { return converted(in, at); }, from_halves, count, out, past_caches);
}

void interleave(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool past_caches) {
  const auto load = [&](int at) {
    return Rgb{_mm512_loadu_si512(in[0] + at), _mm512_loadu_si512(in[1] + at), _mm512_loadu_si512(in[2] + at)};
  };
  write_rows(load, in_order, count, out, past_caches);
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

RowKernels vbmi_row_kernels(const RowKernels& others) {
  static const bool instructions = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
                                   __builtin_cpu_supports("avx512vnni");
  RowKernels kernels = others;
  if (!instructions) return kernels;
  kernels.ycc_to_rgb = ycc_to_rgb;
  kernels.interleave = interleave;
  return kernels;
}

}  // namespace fovea::codec::jpeg

#else

namespace fovea::codec::jpeg {

RowKernels vbmi_row_kernels(const RowKernels& others) {
  return others;
}

}  // namespace fovea::codec::jpeg

#endif
