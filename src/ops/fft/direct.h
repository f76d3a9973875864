#pragma once
#include <optional>

#include "kernel/storage.h"
#include "ops/correlate/element.h"
#include "ops/fft/job.h"
#include "ops/fft/reference.h"
#include "ops/strided.h"

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

// Elements of any type and strides, one after the other as A.
template <class A>
struct ReadBody {
  const void* x;
  DType type;
  Strided from;
  A* y;

  FOVEA_HD void operator()(Index n) const { y[n] = load_as<A>(x, type, from.offset(n)); }
};

// The input as it is read: the array itself if it lies so, at a multiple of `alignment` bytes, else a copy that lives
// as long as this.
template <class A>
class Readable {
 public:
  Readable(Queue queue, const Array& in, DType as, std::uintptr_t alignment = 1) : array_(in) {
    if (in.dtype() == as && in.contiguous() && reinterpret_cast<std::uintptr_t>(in.data()) % alignment == 0) return;
    copy_.emplace(queue, in.size());
    const DType type = in.dtype() == DType::boolean ? DType::u8 : in.dtype();
    const ReadBody<A> body{in.data(), type, strided(in, "fft"), copy_->data()};
    const Index extent[1] = {in.size()};
    for_each(queue, extent, body);
    array_ = Array::borrow(copy_->data(), in.shape(), as, nullptr, in.device());
  }
  const Array& array() const { return array_; }

 private:
  std::optional<Scratch<A>> copy_;
  Array array_;
};

template <class In, class Out>
void direct_axis(Queue queue, const Array& in, const Array& out, int axis, const double* roots, Index n, double sign,
                 double scale) {
  Index outer = 1, inner = 1;
  for (int k = 0; k < out.ndim(); ++k)
    if (k != axis) (k < axis ? outer : inner) *= out.shape()[static_cast<std::size_t>(k)];
  const Index in_length = in.shape()[static_cast<std::size_t>(axis)];
  const Index out_length = out.shape()[static_cast<std::size_t>(axis)];
  const bool half_in = !is_complex(out.dtype());
  const Index most = half_in ? fourier::half_length(n) : n;
  const DirectSum<In, Out> body{reinterpret_cast<const In*>(in.data()),
                                roots,
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

inline bool of_f32(DType type) {
  return type == DType::f32 || type == DType::c64;
}

// One axis after the other, with f64 between.
class DirectKernel final : public Kernel {
 public:
  explicit DirectKernel(fourier::Job job) : job_(std::move(job)) {
    for (const Index n : job_.lengths) {
      std::vector<double> pairs;
      pairs.reserve(static_cast<std::size_t>(2 * n));
      for (Index k = 0; k < n; ++k) {
        const std::complex<double> w = fourier::root(k, n);
        pairs.insert(pairs.end(), {w.real(), w.imag()});
      }
      roots_.emplace_back(std::move(pairs));
    }
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const bool real = job_.kind == fourier::Kind::real;
    if (of_f32(out.dtype()))
      real ? read<float>(queue, in[0], out, DType::f32) : read<Pair<float>>(queue, in[0], out, DType::c64);
    else
      real ? read<double>(queue, in[0], out, DType::f64) : read<Pair<double>>(queue, in[0], out, DType::c128);
  }

 private:
  template <class A>
  void read(Queue queue, const Array& in, const Array& out, DType as) const {
    const Readable<A> readable(queue, in, as);
    transform(queue, readable.array(), out, 0);
  }

  void transform(Queue queue, const Array& now, const Array& out, std::size_t done) const {
    const std::size_t count = job_.axes.size();
    const std::size_t k = job_.kind == fourier::Kind::hermitian ? done : count - 1 - done;
    if (done + 1 == count) return axis(queue, now, out, k, job_.scale);
    Shape shape = now.shape();
    const bool half = job_.kind == fourier::Kind::real && k + 1 == count;
    shape[static_cast<std::size_t>(job_.axes[k])] = half ? fourier::half_length(job_.lengths[k]) : job_.lengths[k];
    Index size = 1;
    for (const Index extent : shape) size *= extent;
    const Scratch<Pair<double>> between(queue, size);
    const Array next = Array::borrow(between.data(), shape, DType::c128, nullptr, out.device());
    axis(queue, now, next, k, 1);
    transform(queue, next, out, done + 1);
  }

  void axis(Queue queue, const Array& in, const Array& out, std::size_t k, double scale) const {
    const bool back = job_.kind == fourier::Kind::inverse || job_.kind == fourier::Kind::hermitian;
    const auto run = of_f32(in.dtype())
                         ? (of_f32(out.dtype()) ? direct_axis<float, float> : direct_axis<float, double>)
                         : (of_f32(out.dtype()) ? direct_axis<double, float> : direct_axis<double, double>);
    run(queue, in, out, job_.axes[k], roots_[k].data(), job_.lengths[k], back ? -1 : 1, scale);
  }

  fourier::Job job_;
  std::vector<Table<double>> roots_;  // by axis: pairs exp(-2 pi i k / n)
};

// What an op's file hands to the registry.
template <class P, fourier::Kind K>
TensorSpec infer_transform(const char* op, const void* params, std::span<const TensorSpec> in) {
  return fourier::resolve(K, op, *static_cast<const P*>(params), in[0]).output;
}
template <class P, fourier::Kind K>
std::unique_ptr<Kernel> prepare_transform(const Call& call) {
  return std::make_unique<DirectKernel>(fourier::resolve(K, "fft", call.as<P>(), call.inputs[0]));
}

// Halves are read on the host only.
inline bool transforms(const Call& call) {
#if defined(__CUDACC__)
  if (size_of(call.inputs[0].dtype) == 2 && is_floating(call.inputs[0].dtype)) return false;
#endif
  return plain(call);
}

}  // namespace fovea::ops::FOVEA_PASS
