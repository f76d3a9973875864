// Passes over a panel, and whole transforms of one.
#if defined(FOVEA_OPS_FFT_PASS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_FFT_PASS_INL_H
#undef FOVEA_OPS_FFT_PASS_INL_H
#else
#define FOVEA_OPS_FFT_PASS_INL_H
#endif

#include "ops/fft/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {

enum From { panel_in, pairs_in };
enum To { panel_out, pairs_out, stream_out };
enum Roots { no_roots, roots_but_first, all_roots };

// `count` butterflies, the next one `next` scalars on, its elements `leg` apart.
template <class T>
struct Pass {
  const T* in;
  Index leg_in, next_in;
  T* out;
  Index leg_out, next_out;
  Index count;
  const T* roots = nullptr;
  Index next_root = 0;
  Index ahead = 0;            // of pairs_in: what to fetch into the cache
  T scale = 1, scale_im = 1;  // of pairs_out and stream_out
};

template <class T, int R, From In, To Out, Roots Twiddle>
HWY_NOINLINE void run_pass(const Pass<T>& p) {
  const Tag<T> d;
  constexpr int w = width<T>;
  const T *in = p.in, *roots = p.roots;
  T* out = p.out;
  const Index leg_in = p.leg_in, leg_out = p.leg_out, next_in = p.next_in, next_out = p.next_out;
  [[maybe_unused]] const auto scale = hn::Set(d, p.scale), scale_im = hn::Set(d, p.scale_im);
  for (Index q = 0; q < p.count; ++q, in += next_in, out += next_out) {
    Vec<T> r[R], i[R];
    FOVEA_UNROLL
    for (int k = 0; k < R; ++k) {
      const T* at = in + k * leg_in;
      if constexpr (In == panel_in) {
        r[k] = hn::Load(d, at);
        i[k] = hn::Load(d, at + w);
      } else {
        load_interleaved(at, r[k], i[k]);
        hwy::Prefetch(at + p.ahead);
        hwy::Prefetch(at + p.ahead + w);
      }
    }
    Butterfly<T, R>::run(r, i);
    FOVEA_UNROLL
    for (int k = 0; k < R; ++k) {
      Vec<T> a = r[k], b = i[k];
      if constexpr (Twiddle != no_roots) {
        constexpr int skipped = Twiddle == roots_but_first ? 1 : 0;
        if (k >= skipped) {
          const auto c = hn::Set(d, roots[2 * (k - skipped)]), s = hn::Set(d, roots[2 * (k - skipped) + 1]);
          const Vec<T> x = hn::MulSub(a, c, b * s);
          b = hn::MulAdd(b, c, a * s);
          a = x;
        }
      }
      T* at = out + k * leg_out;
      if constexpr (Out == panel_out) {
        hn::Store(a, d, at);
        hn::Store(b, d, at + w);
      } else {
        store_interleaved<T, Out == stream_out>(a * scale, b * scale_im, at);
        if constexpr (Out == pairs_out) {  // where the next panel's columns go
          __builtin_prefetch(at + 2 * w, 1);
          __builtin_prefetch(at + 3 * w, 1);
        }
      }
    }
    if constexpr (Twiddle != no_roots) roots += p.next_root;
  }
}

template <class T, From In, To Out, Roots Twiddle>
HWY_INLINE void radix_pass(int radix, Pass<T> p) {
  p.next_root = p.next_root == 0 ? 2 * (Twiddle == roots_but_first ? radix - 1 : radix) : 0;
  switch (radix) {
    case 2:
      return run_pass<T, 2, In, Out, Twiddle>(p);
    case 3:
      return run_pass<T, 3, In, Out, Twiddle>(p);
    case 4:
      return run_pass<T, 4, In, Out, Twiddle>(p);
    case 5:
      return run_pass<T, 5, In, Out, Twiddle>(p);
    case 6:
      return run_pass<T, 6, In, Out, Twiddle>(p);
    case 7:
      return run_pass<T, 7, In, Out, Twiddle>(p);
    case 8:
      return run_pass<T, 8, In, Out, Twiddle>(p);
    case 9:
      return run_pass<T, 9, In, Out, Twiddle>(p);
    case 10:
      return run_pass<T, 10, In, Out, Twiddle>(p);
    case 11:
      return run_pass<T, 11, In, Out, Twiddle>(p);
    case 13:
      return run_pass<T, 13, In, Out, Twiddle>(p);
    default:
      return run_pass<T, 1, In, Out, Twiddle>(p);
  }
}

constexpr Index same_root = 1;  // as Pass::next_root: all butterflies take the same roots

// First pass of four steps, in place in the panel or from pairs in plan.order(), `from` not null.
template <class T>
void first_pass(const Plan<T>& plan, T* panel, const T* from, T* scratch) {
  constexpr Index e = pair<T>;
  const Index row = plan.pitch * e, a = plan.a, b = plan.b;
  if (plan.n1 == 1) {
    if (from) radix_pass<T, pairs_in, panel_out, no_roots>(1, {from, 0, e, panel, 0, e, plan.n, nullptr, 0, 8 * e});
    return;
  }
  for (Index j = 0; j < plan.n2; ++j) {
    const T* roots = plan.roots.data() + 2 * j * plan.n1;
    T* column = panel + j * e;
    const T* source = from ? from + j * plan.n1 * e : nullptr;
    if (a > 1) {
      if (source)
        radix_pass<T, pairs_in, panel_out, roots_but_first>(
            plan.a, {source, b * e, e, scratch, b * e, e, b, plan.roots_a.data(), 0, plan.n1 * e});
      else
        radix_pass<T, panel_in, panel_out, roots_but_first>(
            plan.a, {column, b * row, row, scratch, b * e, e, b, plan.roots_a.data()});
      radix_pass<T, panel_in, panel_out, all_roots>(plan.b, {scratch, e, b * e, column, a * row, row, a, roots});
    } else if (source) {
      radix_pass<T, pairs_in, panel_out, all_roots>(plan.b, {source, e, 0, column, row, 0, 1, roots, 0, plan.n1 * e});
    } else {
      radix_pass<T, panel_in, panel_out, all_roots>(plan.b, {column, row, 0, column, row, 0, 1, roots});
    }
  }
}

// Second pass of row k, its last butterflies stored as Out: element k2 of the row at to + k2 * stride.
template <class T, To Out>
HWY_INLINE void second_pass(const Plan<T>& plan, const T* row, T* to, Index stride, T* scratch, T scale, T scale_im) {
  constexpr Index e = pair<T>;
  const Index c = plan.c, d = plan.d;
  const T* from = row;
  if (c > 1) {
    radix_pass<T, panel_in, panel_out, roots_but_first>(plan.c,
                                                        {row, d * e, e, scratch, d * e, e, d, plan.roots_c.data()});
    from = scratch;
  }
  radix_pass<T, panel_in, Out, no_roots>(plan.d,
                                         {from, e, d * e, to, c * stride, stride, c, nullptr, 0, 0, scale, scale_im});
}

template <class T>
T* stockham(const Plan<T>& plan, T* x, T* y) {
  constexpr Index e = pair<T>;
  Index stride = 1, length = plan.n;
  const T* roots = plan.roots.data();
  for (int radix : plan.radices) {
    const Index m = length / radix, step = 2 * (radix - 1);
    if (stride < m)
      for (Index q = 0; q < stride; ++q)
        radix_pass<T, panel_in, panel_out, roots_but_first>(
            radix, {x + q * e, stride * m * e, stride * e, y + q * e, stride * e, radix * stride * e, m, roots});
    else
      for (Index p = 0; p < m; ++p)
        radix_pass<T, panel_in, panel_out, roots_but_first>(
            radix, {x + p * stride * e, stride * m * e, e, y + p * radix * stride * e, stride * e, e, stride,
                    roots + p * step, same_root});
    roots += step * m;
    length = m;
    stride *= radix;
    T* swap = x;
    x = y;
    y = swap;
  }
  return x;
}

template <class T>
T* run_smooth(const Plan<T>& plan, T* x, T* y, T* scratch) {
  if (plan.method == Method::stockham) return stockham(plan, x, y);
  first_pass<T>(plan, x, nullptr, scratch);
  for (Index k = 0; k < plan.n1; ++k) {
    T* row = x + k * plan.pitch * pair<T>;
    second_pass<T, panel_out>(plan, row, row, pair<T>, scratch, 1, 1);
  }
  return x;
}

// to = from * factor, of one element; conjugated if asked.
template <class T>
HWY_INLINE void multiply(const T* from, const T* factor, T* to, T sign) {
  const Tag<T> d;
  const auto c = hn::Set(d, factor[0]), s = hn::Set(d, factor[1]);
  const Vec<T> a = hn::Load(d, from), b = hn::Load(d, from + width<T>);
  hn::Store(hn::MulSub(a, c, b * s), d, to);
  hn::Store(hn::MulAdd(b, c, a * s) * hn::Set(d, sign), d, to + width<T>);
}

// The transform of panel x, y being its twin: the panel that holds the result.
template <class T>
T* run_panel(const Plan<T>& plan, T* x, T* y, T* scratch) {
  if (plan.method != Method::chirp) return run_smooth(plan, x, y, scratch);
  constexpr Index e = pair<T>;
  const Tag<T> d;
  const Plan<T>& inner = *plan.inner;
  const std::int32_t *in = inner.in.data(), *out = inner.out.data();
  for (Index j = 0; j < plan.n; ++j) multiply<T>(x + in[j] * e, plan.chirp.data() + 2 * j, x + in[j] * e, 1);
  for (Index j = plan.n; j < inner.n; ++j) {
    hn::Store(hn::Zero(d), d, x + in[j] * e);
    hn::Store(hn::Zero(d), d, x + in[j] * e + width<T>);
  }
  T* result = run_smooth(inner, x, y, scratch);
  T* other = result == x ? y : x;
  for (Index k = 0; k < inner.n; ++k)
    multiply<T>(result + out[k] * e, plan.spectrum.data() + 2 * k, other + in[k] * e, -1);
  T* last = run_smooth(inner, other, result, scratch);
  for (Index k = 0; k < plan.n; ++k) {
    T* at = last + out[k] * e;
    hn::Store(hn::Neg(hn::Load(d, at + width<T>)), d, at + width<T>);
    multiply<T>(at, plan.chirp.data() + 2 * k, at, 1);
  }
  return last;
}

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
