// Groups of lines and column passes: what one instruction set offers as an Engine.
#if defined(FOVEA_OPS_FFT_ENGINE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_FFT_ENGINE_INL_H
#undef FOVEA_OPS_FFT_ENGINE_INL_H
#else
#define FOVEA_OPS_FFT_ENGINE_INL_H
#endif

#include "ops/fft/pass-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {

template <class T>
HWY_INLINE void put(Vec<T> re, Vec<T> im, T* at) {
  const Tag<T> d;
  hn::Store(re, d, at);
  hn::Store(im, d, at + width<T>);
}
template <class T>
HWY_INLINE Vec<T> get(const T* at) {
  return hn::Load(Tag<T>(), at);
}

// Offset of pair k in a row.
template <class P>
HWY_INLINE Index row_offset(const P& place, Index k, Index w) {
  return place.block == 0 ? 2 * k : k / w * place.block + k % w * 2;
}

template <class T>
HWY_INLINE Index fetched_ahead(const Place<T>& place) {
  return place.block == 0 ? ahead / static_cast<Index>(sizeof(T)) : blocks_ahead * place.block;
}

// The place's row pointers from line `first` on; lanes without a line repeat the last one.
template <class P, class Pointer>
HWY_INLINE void row_pointers(const P& place, Index first, int w, Pointer* rows) {
  for (int l = 0; l < w; ++l) rows[l] = place.base[HWY_MIN(first + l, place.lines - 1)];
}

template <class T>
void load_complex(const Group<T>& g, T* panel, Index count) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->in.data();
  const auto sign = hn::Set(d, static_cast<T>(g.conjugate_in ? -1 : 1));
  if (g.in.form == Place<const T>::Form::rows) {
    const T* rows[w];
    row_pointers(g.in, 0, w, rows);
    for (Index j = 0; j < count; j += n) {
      Vec<T> re[n], im[n];
      load_pairs<T>(rows, row_offset(g.in, j, w), count - j, re, im);
      if (j + n <= count) {
        FOVEA_UNROLL
        for (int k = 0; k < n; ++k) put<T>(re[k], im[k] * sign, panel + slot[j + k] * e);
      } else {
        for (int k = 0; k < n && j + k < count; ++k) put<T>(re[k], im[k] * sign, panel + slot[j + k] * e);
      }
    }
  } else if (g.in.form == Place<const T>::Form::columns) {
    const T* from = g.in.base[0];
    HWY_ALIGN T part[pair<T>] = {};
    const std::size_t bytes = static_cast<std::size_t>(2 * HWY_MIN(g.in.lines, Index{w})) * sizeof(T);
    for (Index j = 0; j < count; ++j) {
      Vec<T> re, im;
      const T* at = from + j * g.in.stride;
      if (g.in.lines < w) std::memcpy(part, at, bytes), at = part;
      load_interleaved(at, re, im);
      put<T>(re, im * sign, panel + slot[j] * e);
    }
  } else {
    const T* rows[w];
    row_pointers(g.in, 0, w, rows);
    const T s = g.conjugate_in ? T{-1} : T{1};
    for (Index j = 0; j < count; ++j)
      for (int l = 0; l < w; ++l) {
        const T* at = rows[lane_line<T>(l)] + j * g.in.stride;
        panel[slot[j] * e + l] = at[0];
        panel[slot[j] * e + w + l] = at[1] * s;
      }
  }
}

template <class T>
void load_real(const Group<T>& g, T* panel, Index count) {
  const Tag<T> d;
  constexpr int w = width<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->in.data();
  for (int part = 0; part < 2; ++part) {
    T* to = panel + part * w;
    const T *lines[w], *rows[w];
    row_pointers(g.in, part * w, w, lines);
    for (int l = 0; l < w; ++l) rows[l] = lines[lane_line<T>(l)];
    Index j = 0;
    if (g.in.form == Place<const T>::Form::rows)
      for (; j + w <= count; j += w) {
        Vec<T> x[w];
        FOVEA_UNROLL
        for (int l = 0; l < w; ++l) {
          x[l] = hn::LoadU(d, rows[l] + j);
          hwy::Prefetch(reinterpret_cast<const char*>(rows[l] + j) + ahead);
        }
        transpose(x);
        FOVEA_UNROLL
        for (int k = 0; k < w; ++k) hn::Store(x[k], d, to + slot[j + k] * e);
      }
    const Index stride = g.in.form == Place<const T>::Form::rows ? 1 : g.in.stride;
    for (; j < count; ++j)
      for (int l = 0; l < w; ++l) to[slot[j] * e + l] = rows[l][j * stride];
  }
}

// Two half spectra A and B as one: Z[k] = A[k] + iB[k], Z[n-k] = conj(A[k]) + i conj(B[k]); stored conjugated.
template <class T>
HWY_INLINE void put_halves(const Plan<T>& plan, T* panel, Index k, Vec<T> ar, Vec<T> ai, Vec<T> br, Vec<T> bi) {
  constexpr Index e = pair<T>;
  const std::int32_t* slot = plan.in.data();
  if (k == 0 || 2 * k == plan.n) {  // the transform of real numbers is real there: other parts do not count
    put<T>(ar, hn::Neg(br), panel + slot[k] * e);
    return;
  }
  put<T>(ar - bi, hn::Neg(ai + br), panel + slot[k] * e);
  put<T>(ar + bi, ai - br, panel + slot[plan.n - k] * e);
}

template <class T>
void load_half(const Group<T>& g, T* panel, Index count) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  const T *a[w], *b[w];
  row_pointers(g.in, 0, w, a);
  row_pointers(g.in, w, w, b);
  if (g.in.form == Place<const T>::Form::rows) {
    for (Index j = 0; j < count; j += n) {
      Vec<T> ar[n], ai[n], br[n], bi[n];
      load_pairs<T>(a, row_offset(g.in, j, w), count - j, ar, ai);
      load_pairs<T>(b, row_offset(g.in, j, w), count - j, br, bi);
      for (int k = 0; k < n && j + k < count; ++k) put_halves<T>(*g.plan, panel, j + k, ar[k], ai[k], br[k], bi[k]);
    }
  } else {
    HWY_ALIGN T part[4][w];
    for (Index j = 0; j < count; ++j) {
      for (int l = 0; l < w; ++l) {
        const T *x = a[lane_line<T>(l)] + j * g.in.stride, *y = b[lane_line<T>(l)] + j * g.in.stride;
        part[0][l] = x[0];
        part[1][l] = x[1];
        part[2][l] = y[0];
        part[3][l] = y[1];
      }
      put_halves<T>(*g.plan, panel, j, hn::Load(d, part[0]), hn::Load(d, part[1]), hn::Load(d, part[2]),
                    hn::Load(d, part[3]));
    }
  }
}

template <class T>
void store_scattered(const Place<T>& out, Index first, Index k, const T* re, const T* im) {
  for (int l = 0; l < width<T>; ++l) {
    const Index line = first + lane_line<T>(l);
    if (line >= out.lines) continue;
    T* at = out.base[line] + k * out.stride;
    at[0] = re[l];
    if (im) at[1] = im[l];
  }
}

template <class T, bool Stream>
void store_rows(const Group<T>& g, const T* panel) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->out.data();
  const auto scale = hn::Set(d, g.scale), scale_im = hn::Set(d, g.conjugate_out ? -g.scale : g.scale);
  T* rows[w];
  row_pointers(g.out, 0, w, rows);
  const Index padded = g.out.block == 0 ? g.out.count : (g.out.count + w - 1) / w * w;
  const Index next = fetched_ahead(g.out);
  for (Index j = 0; j < padded; j += n) {
    Vec<T> re[n], im[n];
    if (j + n <= g.out.count) {
      FOVEA_UNROLL
      for (int k = 0; k < n; ++k) {
        re[k] = get(panel + slot[j + k] * e) * scale;
        im[k] = get(panel + slot[j + k] * e + w) * scale_im;
      }
    } else {
      for (int k = 0; k < n; ++k) {
        re[k] = im[k] = hn::Zero(d);
        if (j + k >= g.out.count) continue;
        re[k] = get(panel + slot[j + k] * e) * scale;
        im[k] = get(panel + slot[j + k] * e + w) * scale_im;
      }
    }
    store_pairs<T, Stream>(re, im, rows, row_offset(g.out, j, w), g.out.lines, padded - j, next);
  }
}

template <class T>
void store_columns(const Group<T>& g, const T* panel) {
  const Tag<T> d;
  constexpr int w = width<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->out.data();
  const auto scale = hn::Set(d, g.scale), scale_im = hn::Set(d, g.conjugate_out ? -g.scale : g.scale);
  T* to = g.out.base[0];
  HWY_ALIGN T part[pair<T>];
  const std::size_t bytes = static_cast<std::size_t>(2 * HWY_MIN(g.out.lines, Index{w})) * sizeof(T);
  for (Index k = 0; k < g.out.count; ++k) {
    const Vec<T> re = get(panel + slot[k] * e) * scale, im = get(panel + slot[k] * e + w) * scale_im;
    if (g.out.lines >= w) {
      store_interleaved<T, false>(re, im, to + k * g.out.stride);
    } else {
      store_interleaved<T, false>(re, im, part);
      std::memcpy(to + k * g.out.stride, part, bytes);
    }
  }
}

template <class T>
void store_complex(const Group<T>& g, const T* panel) {
  const Tag<T> d;
  constexpr int w = width<T>;
  if (g.out.form == Place<T>::Form::rows)
    return g.out.stream ? store_rows<T, true>(g, panel) : store_rows<T, false>(g, panel);
  if (g.out.form == Place<T>::Form::columns) return store_columns(g, panel);
  const auto scale = hn::Set(d, g.scale), scale_im = hn::Set(d, g.conjugate_out ? -g.scale : g.scale);
  HWY_ALIGN T part[pair<T>];
  for (Index k = 0; k < g.out.count; ++k) {
    const T* at = panel + g.plan->out[static_cast<std::size_t>(k)] * Index{pair<T>};
    put<T>(get(at) * scale, get(at + w) * scale_im, part);
    store_scattered<T>(g.out, 0, k, part, part + w);
  }
}

// Spectra of two real lines from that of their complex sum: A = (Z[k] + conj Z[n-k]) / 2, B = (Z[k] - conj Z[n-k]) /
// 2i.
template <class T, bool Stream>
void store_half(const Group<T>& g, const T* panel) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->out.data();
  const auto half = hn::Set(d, g.scale / 2), half_im = hn::Set(d, g.conjugate_out ? -g.scale / 2 : g.scale / 2);
  T *a[w], *b[w];
  row_pointers(g.out, 0, w, a);
  row_pointers(g.out, w, w, b);
  const bool rows = g.out.form == Place<T>::Form::rows;
  const Index padded = g.out.block == 0 ? g.out.count : (g.out.count + w - 1) / w * w;
  const Index next = fetched_ahead(g.out);
  for (Index j = 0; j < padded; j += n) {
    Vec<T> ar[n], ai[n], br[n], bi[n];
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      const Index at = HWY_MIN(j + k, g.out.count - 1), mirror = at == 0 ? 0 : g.plan->n - at;
      const T *z = panel + slot[at] * e, *y = panel + slot[mirror] * e;
      const Vec<T> zr = get(z), zi = get(z + w), yr = get(y), yi = get(y + w);
      ar[k] = (zr + yr) * half;
      ai[k] = (zi - yi) * half_im;
      br[k] = (zi + yi) * half;
      bi[k] = (yr - zr) * half_im;
    }
    if (rows) {
      const Index offset = row_offset(g.out, j, w);
      store_pairs<T, Stream>(ar, ai, a, offset, g.out.lines, padded - j, next);
      if (g.out.lines > w) store_pairs<T, Stream>(br, bi, b, offset, g.out.lines - w, padded - j, next);
      continue;
    }
    HWY_ALIGN T part[pair<T>];
    for (int k = 0; k < n && j + k < g.out.count; ++k) {
      put<T>(ar[k], ai[k], part);
      store_scattered<T>(g.out, 0, j + k, part, part + w);
      put<T>(br[k], bi[k], part);
      store_scattered<T>(g.out, w, j + k, part, part + w);
    }
  }
}

template <class T>
void store_real(const Group<T>& g, const T* panel) {
  const Tag<T> d;
  constexpr int w = width<T>;
  constexpr Index e = pair<T>;
  const std::int32_t* slot = g.plan->out.data();
  for (int part = 0; part < 2 && part * w < g.out.lines; ++part) {
    const auto scale = hn::Set(d, part == 0 ? g.scale : -g.scale);  // load_half() conjugated
    const T* from = panel + part * w;
    const Index lines = g.out.lines - part * w;
    T* rows[w];
    row_pointers(g.out, part * w, w, rows);
    Index j = 0;
    if (g.out.form == Place<T>::Form::rows && lines >= w)
      for (; j + w <= g.out.count; j += w) {
        Vec<T> x[w];
        FOVEA_UNROLL
        for (int k = 0; k < w; ++k) x[k] = get(from + slot[j + k] * e) * scale;
        transpose(x);
        FOVEA_UNROLL
        for (int l = 0; l < w; ++l) hn::StoreU(x[l], d, rows[lane_line<T>(l)] + j);
      }
    const Index stride = g.out.form == Place<T>::Form::rows ? 1 : g.out.stride;
    HWY_ALIGN T lane[w];
    for (; j < g.out.count; ++j) {
      hn::Store(get(from + slot[j] * e) * scale, d, lane);
      for (int l = 0; l < w; ++l)
        if (lane_line<T>(l) < lines) rows[lane_line<T>(l)][j * stride] = lane[l];
    }
  }
}

template <class T>
void twist(const Group<T>& g, T* panel) {
  constexpr int w = width<T>;
  for (Index k = 0; k < g.plan->n; ++k) {
    T* at = panel + g.plan->out[static_cast<std::size_t>(k)] * Index{pair<T>};
    const T* factor = g.twist + k * pair<T>;
    const Vec<T> a = get(at), b = get(at + w), c = get(factor), s = get(factor + w);
    put<T>(hn::MulSub(a, c, b * s), hn::MulAdd(b, c, a * s), at);
  }
}

template <class T>
void transform(const Group<T>& g) {
  const Tag<T> d;
  constexpr Index e = pair<T>;
  const Plan<T>& plan = *g.plan;
  T *scratch = g.panel, *x = scratch + scratch_elements * e, *y = x + plan.slots * e;
  const Index most = g.from == Parts::half ? plan.n / 2 + 1 : plan.n;
  const Index count = HWY_MIN(g.in.count, most);
  const Index zeros = g.from == Parts::half ? (count == most ? plan.n : 0) : count;
  for (Index j = zeros; j < plan.n; ++j) put<T>(hn::Zero(d), hn::Zero(d), x + plan.in[static_cast<std::size_t>(j)] * e);
  if (g.from == Parts::complex) load_complex(g, x, count);
  if (g.from == Parts::real) load_real(g, x, count);
  if (g.from == Parts::half) load_half(g, x, count);
  T* result = run_panel(plan, x, y, scratch);
  if (g.twist) twist(g, result);
  if (g.to == Parts::complex) store_complex(g, result);
  if (g.to == Parts::half) g.out.stream ? store_half<T, true>(g, result) : store_half<T, false>(g, result);
  if (g.to == Parts::real) store_real(g, result);
  if (g.out.stream) hwy::FlushStream();
}

// A row of pairs on its way out lies behind the vector that came before it: [carried][pairs]. Whole aligned vectors go
// past the cache, the rest waits in `carried` for the next panel.
template <class T>
HWY_INLINE void emit(T* row, T* carried, T* to, Index count, bool first, bool last) {
  const Tag<T> d;
  constexpr int w = width<T>;
  const Index part = static_cast<Index>(reinterpret_cast<std::uintptr_t>(to) % (w * sizeof(T)) / sizeof(T));
  if (!first) hn::Store(get(carried), d, row);
  if (last) {
    const Index before = first ? 0 : part;
    std::memcpy(to - before, row + w - before, static_cast<std::size_t>(before + 2 * count) * sizeof(T));
    return;
  }
  if (first && part != 0)
    std::memcpy(to, row + w, static_cast<std::size_t>(w - part) * sizeof(T));
  else
    hn::Stream(hn::LoadU(d, row + w - part), d, to - part);
  hn::Stream(hn::LoadU(d, row + 2 * w - part), d, to - part + w);
  hn::Store(get(row + 2 * w), d, carried);
}

template <class T>
void columns(const Columns<T>& c) {
  constexpr int w = width<T>;
  constexpr Index e = pair<T>;
  const Plan<T>& plan = *c.plan;
  T *scratch = c.panel, *x = scratch + scratch_elements * e, *y = x + plan.slots * e;
  T* out = scratch + 176 * e;  // rows on their way out, 3 * w scalars each
  const T scale_im = c.conjugate ? -c.scale : c.scale;
  const bool aligned =
      (reinterpret_cast<std::uintptr_t>(c.to) | static_cast<std::uintptr_t>(c.stride) * sizeof(T)) % (w * sizeof(T)) ==
      0;
  for (Index p = c.first; p < c.last; ++p) {
    const T* work = c.work + p * plan.n * e;
    T* to = c.to + p * e;
    const Index count = HWY_MIN(Index{w}, c.width - p * w);
    const bool whole = count == w, carried = c.stream && !(aligned && whole);
    const bool first = p == c.first || !carried || aligned, last = p + 1 == c.last || !carried || aligned;
    if (!plan.fused()) {
      for (Index j = 0; j < plan.n; ++j) {
        Vec<T> re, im;
        load_interleaved(work + j * e, re, im);
        put<T>(re, im, x + plan.in[static_cast<std::size_t>(j)] * e);
      }
      const T* result = run_panel(plan, x, y, scratch);
      const Tag<T> d;
      const auto vs = hn::Set(d, c.scale), vi = hn::Set(d, scale_im);
      for (Index k = 0; k < plan.n; ++k) {
        const T* at = result + plan.out[static_cast<std::size_t>(k)] * e;
        store_interleaved<T, false>(get(at) * vs, get(at + w) * vi, out + w);
        emit<T>(out, c.carry + k * w, to + k * c.stride, count, first, last);
      }
      continue;
    }
    first_pass<T>(plan, x, work, scratch);
    for (Index k = 0; k < plan.n1; ++k) {
      const T* row = x + k * plan.pitch * e;
      T* at = to + k * c.stride;
      if (whole && !carried) {
        if (c.stream)
          second_pass<T, stream_out>(plan, row, at, plan.n1 * c.stride, scratch, c.scale, scale_im);
        else
          second_pass<T, pairs_out>(plan, row, at, plan.n1 * c.stride, scratch, c.scale, scale_im);
        continue;
      }
      second_pass<T, pairs_out>(plan, row, out + w, 3 * w, scratch, c.scale, scale_im);
      for (Index k2 = 0; k2 < plan.n2; ++k2)
        emit<T>(out + 3 * w * k2, c.carry + (k * plan.n2 + k2) * w, at + k2 * plan.n1 * c.stride, count, first, last);
    }
  }
  hwy::FlushStream();
}

template <class T>
void multiply_conjugate(T* a, const T* b, Index scalars) {
  for (Index k = 0; k < scalars; k += pair<T>) {
    Vec<T> ar, ai, br, bi;
    load_interleaved(a + k, ar, ai);
    load_interleaved(b + k, br, bi);
    store_interleaved<T, false>(hn::MulAdd(ar, br, ai * bi), hn::MulSub(ai, br, ar * bi), a + k);
  }
}

template <class T>
int line_of(int lane) {
  return lane_line<T>(lane);
}

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
