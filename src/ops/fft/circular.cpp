#include "ops/fft/circular.h"

#include <algorithm>

#include "base/threads.h"
#include "ops/fft/engine.h"
#include "ops/fft/job.h"

namespace fovea::ops::fourier {
namespace {

template <class T>
T* numbers(const Array& a) {
  return reinterpret_cast<T*>(a.data());
}

// One panel's columns: `count` rows of `from` to `wanted` rows of `to`.
template <class T>
void transform_columns(const Plan<T>& plan, Index lanes, T* room, const T* from, Index count, T* to, Index wanted,
                       bool back) {
  Group<T> g;
  g.plan = &plan;
  g.panel = room;
  g.in.form = Place<const T>::Form::columns;
  g.out.form = Place<T>::Form::columns;
  g.in.base = &from;
  g.out.base = &to;
  g.in.lines = g.out.lines = lanes;
  g.in.stride = g.out.stride = 2 * lanes;
  g.in.count = count;
  g.out.count = wanted;
  g.conjugate_in = g.conjugate_out = back;
  engine<T>().transform(g);
}

}  // namespace

template <class T>
CircularCorrelation<T>::CircularCorrelation(Index rows, Index columns, const T* kernel, Index kernel_rows,
                                            Index kernel_columns)
    : down_(plan_of<T>(rows)), across_(plan_of<T>(columns)), lanes_(engine<T>().lanes) {
  panels_ = (half_length(columns) + lanes_ - 1) / lanes_;
  kernel_ = row_spectra(kernel_rows, kernel_rows, kernel_columns,
                        [&](Index row, T*) { return kernel + row * kernel_columns; });
}

template <class T>
void CircularCorrelation<T>::read(Index filled, const std::function<void(Index, T*)>& read) {
  x_ = row_spectra(filled, down_->n, across_->n, [&](Index row, T* room) {
    read(row, room);
    return room;
  });
}

// `count` numbers of each row at source(row, room), where room holds as many.
template <class T>
template <class Source>
typename CircularCorrelation<T>::Spectra CircularCorrelation<T>::row_spectra(Index rows, Index pitch, Index count,
                                                                             const Source& source) const {
  const Index pair = 2 * lanes_, at_once = 2 * lanes_;
  const Spectra spectra{rows, pitch, Array::empty({panels_ * pitch * pair}, DTypeOf<T>::value)};
  parallel_for((rows + at_once - 1) / at_once, 1, [&](Index begin, Index end) {
    const Array room = panel(*across_, lanes_), lines = Array::empty({at_once, count}, DTypeOf<T>::value);
    std::vector<const T*> sources(static_cast<std::size_t>(at_once));
    std::vector<T*> targets(static_cast<std::size_t>(at_once));
    for (Index k = begin; k < end; ++k) {
      const Index first = k * at_once, here = std::min(at_once, rows - first);
      for (Index l = 0; l < here; ++l) {
        sources[static_cast<std::size_t>(l)] = source(first + l, numbers<T>(lines) + l * count);
        targets[static_cast<std::size_t>(l)] = numbers<T>(spectra.pairs) + (first + l) * pair;
      }
      Group<T> g;
      g.plan = across_.get();
      g.panel = numbers<T>(room);
      g.from = Parts::real;
      g.to = Parts::half;
      g.in.base = sources.data();
      g.out.base = targets.data();
      g.in.lines = g.out.lines = here;
      g.in.count = count;
      g.out.count = half_length(across_->n);
      g.out.block = pitch * pair;
      engine<T>().transform(g);
    }
  });
  return spectra;
}

template <class T>
void CircularCorrelation<T>::multiply_columns(Index wanted) {
  const Index pair = 2 * lanes_, height = down_->n;
  parallel_for(panels_, 1, [&](Index begin, Index end) {
    const Array room = panel(*down_, lanes_), both = Array::empty({2, height * pair}, DTypeOf<T>::value);
    T *product = numbers<T>(both), *factor = product + height * pair;
    for (Index k = begin; k < end; ++k) {
      T* x = numbers<T>(x_.pairs) + k * x_.pitch * pair;
      const T* kernel = numbers<T>(kernel_.pairs) + k * kernel_.pitch * pair;
      transform_columns<T>(*down_, lanes_, numbers<T>(room), x, x_.rows, product, height, false);
      transform_columns<T>(*down_, lanes_, numbers<T>(room), kernel, kernel_.rows, factor, height, false);
      engine<T>().multiply_conjugate(product, factor, height * pair);
      transform_columns<T>(*down_, lanes_, numbers<T>(room), product, height, x, wanted, true);
    }
  });
}

template <class T>
void CircularCorrelation<T>::write(Index rows, Index columns, T* to, Index row, Index step) {
  multiply_columns(rows);
  const Index pair = 2 * lanes_, at_once = 2 * lanes_;
  parallel_for((rows + at_once - 1) / at_once, 1, [&](Index begin, Index end) {
    const Array room = panel(*across_, lanes_);
    std::vector<const T*> sources(static_cast<std::size_t>(at_once));
    std::vector<T*> targets(static_cast<std::size_t>(at_once));
    for (Index k = begin; k < end; ++k) {
      const Index first = k * at_once, here = std::min(at_once, rows - first);
      for (Index l = 0; l < here; ++l) {
        sources[static_cast<std::size_t>(l)] = numbers<T>(x_.pairs) + (first + l) * pair;
        targets[static_cast<std::size_t>(l)] = to + (first + l) * row;
      }
      Group<T> g;
      g.plan = across_.get();
      g.panel = numbers<T>(room);
      g.from = Parts::half;
      g.to = Parts::real;
      g.in.base = sources.data();
      g.in.block = x_.pitch * pair;
      g.in.count = half_length(across_->n);
      g.out.base = targets.data();
      if (step != 1) g.out.form = Place<T>::Form::scatter;
      g.out.stride = step;
      g.in.lines = g.out.lines = here;
      g.out.count = columns;
      g.scale = static_cast<T>(1.0 / (static_cast<double>(down_->n) * static_cast<double>(across_->n)));
      engine<T>().transform(g);
    }
  });
}

template class CircularCorrelation<float>;
template class CircularCorrelation<double>;

}  // namespace fovea::ops::fourier
