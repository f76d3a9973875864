#pragma once
#include "ops/fft/job.h"
#include "ops/fft/reference.h"

// The portable body of the transforms: each output by its sum, in f64.
namespace fovea::ops::FOVEA_PASS {

// Element k of a line: scale * sum of x[j] * root[j * k]. Arrays lie as [outer, line, inner].
template <class In, class Out>
struct DirectSum {
  const In* x;
  const double* roots;  // n pairs exp(-2 pi i k / n)
  Out* y;
  Index n, count, inner, in_length, out_length;  // count: elements of x that take part
  bool real_in, half_in, real_out;
  double sign, scale;

  FOVEA_HD void operator()(Index outer, Index k, Index i) const {
    double re = 0, im = 0;
    Index turn = 0;  // j * k modulo n
    for (Index j = 0; j < count; ++j) {
      const double c = roots[2 * turn], s = sign * roots[2 * turn + 1];
      turn += k;
      if (turn >= n) turn -= n;
      const Index at = (outer * in_length + j) * inner + i;
      const double a = static_cast<double>(real_in ? x[at] : x[2 * at]);
      const double b = real_in ? 0.0 : static_cast<double>(x[2 * at + 1]);
      if (!half_in) {
        re += a * c - b * s;
        im += a * s + b * c;
      } else if (j == 0 || 2 * j == n) {  // the imaginary part there does not count
        re += a * c;
      } else {
        re += 2 * (a * c - b * s);
      }
    }
    const Index to = (outer * out_length + k) * inner + i;
    y[real_out ? to : 2 * to] = static_cast<Out>(re * scale);
    if (!real_out) y[2 * to + 1] = static_cast<Out>(im * scale);
  }
};

template <class In, class Out>
void direct_axis(Queue queue, const Array& in, const Array& out, int axis, Index n, double sign, double scale) {
  const Array roots = Array::empty({n, 2}, DType::f64);
  double* pairs = reinterpret_cast<double*>(roots.data());
  for (Index k = 0; k < n; ++k) {
    const std::complex<double> w = fourier::root(k, n);
    pairs[2 * k] = w.real();
    pairs[2 * k + 1] = w.imag();
  }
  Index outer = 1, inner = 1;
  for (int k = 0; k < out.ndim(); ++k)
    if (k != axis) (k < axis ? outer : inner) *= out.shape()[static_cast<std::size_t>(k)];
  const Index in_length = in.shape()[static_cast<std::size_t>(axis)];
  const Index out_length = out.shape()[static_cast<std::size_t>(axis)];
  const bool half_in = !is_complex(out.dtype());
  const Index most = half_in ? fourier::half_length(n) : n;
  const DirectSum<In, Out> body{reinterpret_cast<const In*>(in.data()),
                                pairs,
                                reinterpret_cast<Out*>(out.data()),
                                n,
                                in_length < most ? in_length : most,
                                inner,
                                in_length,
                                out_length,
                                !is_complex(in.dtype()),
                                half_in,
                                half_in,
                                sign,
                                scale};
  for_each(queue, {outer, out_length, inner}, body);
}

inline void direct_axis(Queue queue, const Array& in, const Array& out, int axis, Index n, double sign, double scale) {
  const bool narrow_in = size_of(in.dtype()) == (is_complex(in.dtype()) ? 8 : 4);
  const bool narrow_out = size_of(out.dtype()) == (is_complex(out.dtype()) ? 8 : 4);
  if (narrow_in && narrow_out)
    direct_axis<float, float>(queue, in, out, axis, n, sign, scale);
  else if (narrow_in)
    direct_axis<float, double>(queue, in, out, axis, n, sign, scale);
  else if (narrow_out)
    direct_axis<double, float>(queue, in, out, axis, n, sign, scale);
  else
    direct_axis<double, double>(queue, in, out, axis, n, sign, scale);
}

// One axis after the other, with f64 between.
inline void direct(const fourier::Job& job, Queue queue, const Array& in, const Array& out) {
  if (out.size() == 0) return;
  const bool back = job.kind == fourier::Kind::inverse || job.kind == fourier::Kind::hermitian;
  const std::size_t count = job.axes.size();
  Array now = fourier::readable(job.kind, in);
  for (std::size_t done = 0; done < count; ++done) {
    const std::size_t k = job.kind == fourier::Kind::hermitian ? done : count - 1 - done;
    const bool last = done + 1 == count;
    Array next = out;
    if (!last) {
      Shape shape = now.shape();
      const bool half = job.kind == fourier::Kind::real && k + 1 == count;
      shape[static_cast<std::size_t>(job.axes[k])] = half ? fourier::half_length(job.lengths[k]) : job.lengths[k];
      next = Array::empty(shape, DType::c128);
    }
    direct_axis(queue, now, next, job.axes[k], job.lengths[k], back ? -1 : 1, last ? job.scale : 1);
    now = next;
  }
}

// What an op's file hands to the registry.
template <class P, fourier::Kind K>
TensorSpec infer_transform(const char* op, const void* params, std::span<const TensorSpec> in) {
  return fourier::resolve(K, op, *static_cast<const P*>(params), in[0]).output;
}
template <class P, fourier::Kind K>
void run_transform(const P& params, Queue queue, std::span<const Array> in, const Array& out) {
  direct(fourier::resolve(K, "fft", params, {in[0].dtype(), in[0].shape()}), queue, in[0], out);
}

}  // namespace fovea::ops::FOVEA_PASS
