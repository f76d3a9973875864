#include "ops/fft/long_line.h"

#include <algorithm>

#include "base/threads.h"
#include "ops/fft/engine.h"
#include "ops/fft/reference.h"

namespace fovea::ops::fourier {
namespace {

// The divisor of n nearest below its root; n is a product of small factors.
Index split(Index n) {
  Index best = 1;
  for (Index k = 1; k * k <= n; ++k)
    if (n % k == 0) best = k;
  return best;
}

// Powers of exp(-2 pi i / n) as products of two table entries, in f64.
class Powers {
 public:
  explicit Powers(Index n) {
    while ((Index{1} << (2 * shift_)) < n) ++shift_;
    for (Index k = 0; k < Index{1} << shift_; ++k) {
      low_.push_back(root(k, n));
      high_.push_back(root((k << shift_) % n, n));
    }
  }
  std::complex<double> operator()(Index k) const {
    const std::complex<double> a = high_[static_cast<std::size_t>(k >> shift_)];
    const std::complex<double> b = low_[static_cast<std::size_t>(k & ((Index{1} << shift_) - 1))];
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  }

 private:
  int shift_ = 1;
  std::vector<std::complex<double>> low_, high_;
};

}  // namespace

bool is_long(Index n, Index lines, Index lanes) {
  constexpr Index panel_fits = Index{1} << 15, worth_it = Index{1} << 13;
  return (n > panel_fits || (n >= worth_it && 2 * lines <= lanes)) && smooth(n) && split(n) >= 32;
}

template <class T>
void transform_long(const T* in, T* out, Index n, bool back, T scale) {
  const Engine<T>& e = engine<T>();
  const Index w = e.lanes, pair = 2 * w, height = split(n), length = n / height;  // height of the columns
  const auto columns = plan_of<T>(height), rows = plan_of<T>(length);
  const Index panels = (height + w - 1) / w;
  const Array work_array = Array::empty({panels * length * pair}, DTypeOf<T>::value);
  T* work = reinterpret_cast<T*>(work_array.data());
  std::vector<Index> slot(static_cast<std::size_t>(length));
  for (Index t = 0; t < length; ++t) slot[static_cast<std::size_t>(rows->order(t))] = t;
  const Powers power(n);
  parallel_for((length + w - 1) / w, 1, [&](Index begin, Index end) {
    const Array panel = Array::empty({panel_scalars(*columns, w)}, DTypeOf<T>::value);
    const Array twist_array = Array::empty({height * pair}, DTypeOf<T>::value);
    T* twist = reinterpret_cast<T*>(twist_array.data());
    std::vector<T*> targets(static_cast<std::size_t>(w));
    for (Index g = begin; g < end; ++g) {
      const Index first = g * w, count = std::min(w, length - first);
      for (Index l = 0; l < count; ++l)
        targets[static_cast<std::size_t>(l)] = work + slot[static_cast<std::size_t>(first + l)] * pair;
      for (Index lane = 0; lane < w; ++lane) {
        const Index column = first + e.line(static_cast<int>(lane));
        Index turn = 0;  // column * k modulo n
        for (Index k = 0; k < height; ++k, turn = (turn + column) % n) {
          const std::complex<double> v = power(turn);
          twist[k * pair + lane] = static_cast<T>(v.real());
          twist[k * pair + w + lane] = static_cast<T>(v.imag());
        }
      }
      const T* source = in + 2 * first;
      Group<T> group;
      group.plan = columns.get();
      group.panel = reinterpret_cast<T*>(panel.data());
      group.in.form = Place<const T>::Form::columns;
      group.in.base = &source;
      group.in.stride = 2 * length;
      group.out.base = targets.data();
      group.in.lines = group.out.lines = count;
      group.in.count = group.out.count = height;
      group.out.block = length * pair;
      group.conjugate_in = back;
      group.twist = twist;
      e.transform(group);
    }
  });
  parallel_for(panels, 1, [&](Index begin, Index end) {
    const Array panel = Array::empty({panel_scalars(*rows, w)}, DTypeOf<T>::value);
    const Array carry = Array::empty({length * w}, DTypeOf<T>::value);
    Columns<T> c;
    c.plan = rows.get();
    c.panel = reinterpret_cast<T*>(panel.data());
    c.carry = reinterpret_cast<T*>(carry.data());
    c.work = work;
    c.first = begin;
    c.last = end;
    c.to = out;
    c.stride = 2 * height;
    c.width = height;
    c.conjugate = back;
    c.scale = scale;
    c.stream = n * 2 * static_cast<Index>(sizeof(T)) > large_result;
    e.columns(c);
  });
}

template void transform_long(const float*, float*, Index, bool, float);
template void transform_long(const double*, double*, Index, bool, double);

}  // namespace fovea::ops::fourier
