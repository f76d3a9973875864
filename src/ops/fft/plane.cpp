#include "ops/fft/plane.h"

#include <algorithm>

#include "base/threads.h"
#include "ops/fft/engine.h"

namespace fovea::ops::fourier {
namespace {

// One plane: pointers and strides in scalars, extents in elements.
template <class T>
struct Plane {
  const Plan<T>*rows, *columns;  // of the transforms along rows (over the last axis) and along columns
  const T* in;
  Index in_stride, in_rows, in_columns;
  T* out;
  Index out_stride;
  bool back;
  T scale;
};

// Rows, then columns.
template <class T>
void rows_first(const Plane<T>& p, bool real) {
  const Engine<T>& e = engine<T>();
  const Index w = e.lanes, pair = 2 * w, height = p.columns->n, length = p.rows->n;
  const Index width = real ? half_length(length) : length, panels = (width + w - 1) / w;
  const Index at_once = real ? 2 * w : w;
  const Array work_array = Array::empty({panels * height * pair}, DTypeOf<T>::value);
  T* work = reinterpret_cast<T*>(work_array.data());
  const Index item = static_cast<Index>(sizeof(T));
  const bool stream_work = panels * height * pair * item > large_work;
  const std::vector<T> zeros(p.in_rows < height ? static_cast<std::size_t>(p.in_columns * (real ? 1 : 2)) : 0);
  parallel_for((height + at_once - 1) / at_once, 1, [&](Index begin, Index end) {
    const Array room = panel(*p.rows, w);
    std::vector<const T*> sources(static_cast<std::size_t>(at_once));
    std::vector<T*> targets(static_cast<std::size_t>(at_once));
    for (Index k = begin; k < end; ++k) {
      const Index first = k * at_once, count = std::min(at_once, height - first);
      for (Index l = 0; l < count; ++l) {
        const Index row = p.columns->order(first + l);
        sources[static_cast<std::size_t>(l)] = row < p.in_rows ? p.in + row * p.in_stride : zeros.data();
        targets[static_cast<std::size_t>(l)] = work + (first + l) * pair;
      }
      Group<T> g;
      g.plan = p.rows;
      g.panel = reinterpret_cast<T*>(room.data());
      if (real) g.from = Parts::real, g.to = Parts::half;
      g.in.base = sources.data();
      g.out.base = targets.data();
      g.in.lines = g.out.lines = count;
      g.in.count = p.in_columns;
      g.out.count = width;
      g.out.block = height * pair;
      g.out.stream = stream_work;
      g.conjugate_in = p.back;  // and stays so in the work array
      e.transform(g);
    }
  });
  const bool aligned = (reinterpret_cast<std::uintptr_t>(p.out) | static_cast<std::uintptr_t>(p.out_stride * item)) %
                           static_cast<std::uintptr_t>(w * item) ==
                       0;
  parallel_for(panels, 1, [&](Index begin, Index end) {
    const Array room = panel(*p.columns, w), carry = Array::empty({height * w}, DTypeOf<T>::value);
    Columns<T> c;
    c.plan = p.columns;
    c.panel = reinterpret_cast<T*>(room.data());
    c.carry = reinterpret_cast<T*>(carry.data());
    c.work = work;
    c.first = begin;
    c.last = end;
    c.to = p.out;
    c.stride = p.out_stride;
    c.width = width;
    c.conjugate = p.back;
    c.scale = p.scale;
    c.stream = height * width * 2 * item > (aligned ? large_result : large_unaligned_result);
    e.columns(c);
  });
}

// The other half of the spectrum of real numbers: y[-r][-c] = conj y[r][c].
template <class T>
void mirror(const Plane<T>& p) {
  const Index height = p.columns->n, length = p.rows->n, half = half_length(length);
  const Index grain = (Index{1} << 14) / length + 1;
  parallel_for(height, grain, [&](Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      T* to = p.out + r * p.out_stride;
      const T* from = p.out + (r == 0 ? 0 : height - r) * p.out_stride;
      for (Index c = half; c < length; ++c) {
        to[2 * c] = from[2 * (length - c)];
        to[2 * c + 1] = -from[2 * (length - c) + 1];
      }
    }
  });
}

// Columns of the half spectrum, then rows to real numbers.
template <class T>
void columns_first(const Plane<T>& p) {
  const Engine<T>& e = engine<T>();
  const Index w = e.lanes, pair = 2 * w, height = p.columns->n, length = p.rows->n;
  const Index width = std::min(half_length(length), p.in_columns), panels = (width + w - 1) / w;
  const Array work_array = Array::empty({panels * height * pair}, DTypeOf<T>::value);
  T* work = reinterpret_cast<T*>(work_array.data());
  parallel_for(panels, 1, [&](Index begin, Index end) {
    const Array room = panel(*p.columns, w);
    for (Index k = begin; k < end; ++k) {
      const T* source = p.in + k * pair;
      T* target = work + k * height * pair;
      Group<T> g;
      g.plan = p.columns;
      g.panel = reinterpret_cast<T*>(room.data());
      g.in.form = Place<const T>::Form::columns;
      g.out.form = Place<T>::Form::columns;
      g.in.base = &source;
      g.out.base = &target;
      g.in.lines = std::min(w, width - k * w);
      g.out.lines = w;
      g.in.count = p.in_rows;
      g.out.count = height;
      g.in.stride = p.in_stride;
      g.out.stride = pair;
      g.conjugate_in = g.conjugate_out = true;
      e.transform(g);
    }
  });
  const Index at_once = 2 * w;
  parallel_for((height + at_once - 1) / at_once, 1, [&](Index begin, Index end) {
    const Array room = panel(*p.rows, w);
    std::vector<const T*> sources(static_cast<std::size_t>(at_once));
    std::vector<T*> targets(static_cast<std::size_t>(at_once));
    for (Index k = begin; k < end; ++k) {
      const Index first = k * at_once, count = std::min(at_once, height - first);
      for (Index l = 0; l < count; ++l) {
        sources[static_cast<std::size_t>(l)] = work + (first + l) * pair;
        targets[static_cast<std::size_t>(l)] = p.out + (first + l) * p.out_stride;
      }
      Group<T> g;
      g.plan = p.rows;
      g.panel = reinterpret_cast<T*>(room.data());
      g.from = Parts::half;
      g.to = Parts::real;
      g.in.base = sources.data();
      g.out.base = targets.data();
      g.in.lines = g.out.lines = count;
      g.in.block = height * pair;
      g.in.count = width;
      g.out.count = length;
      g.scale = p.scale;
      e.transform(g);
    }
  });
}

}  // namespace

template <class T>
void transform_planes(const Job& job, const Array& in, const Array& out) {
  const auto last = static_cast<std::size_t>(in.ndim() - 1);
  const bool swapped = job.axes[0] == in.ndim() - 1;
  const auto columns = plan_of<T>(job.lengths[swapped ? 1 : 0]), rows = plan_of<T>(job.lengths[swapped ? 0 : 1]);
  const Index in_item = static_cast<Index>(size_of(in.dtype()) / sizeof(T));
  const Index out_item = static_cast<Index>(size_of(out.dtype()) / sizeof(T));
  Index planes = 1;
  for (std::size_t k = 0; k + 1 < last; ++k) planes *= in.shape()[k];
  const Index plane_size = out.shape()[last] * out.shape()[last - 1];
  const auto run = [&](Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      Index offset = 0, rest = k;
      for (std::size_t a = last - 1; a-- > 0; rest /= in.shape()[a]) offset += rest % in.shape()[a] * in.strides()[a];
      const Plane<T> p{rows.get(),
                       columns.get(),
                       reinterpret_cast<const T*>(in.data()) + offset * in_item,
                       in.strides()[last - 1] * in_item,
                       std::min(in.shape()[last - 1], columns->n),
                       in.shape()[last],
                       reinterpret_cast<T*>(out.data()) + k * plane_size * out_item,
                       out.shape()[last] * out_item,
                       job.kind == Kind::inverse,
                       static_cast<T>(job.scale)};
      if (job.kind == Kind::hermitian) {
        columns_first(p);
        continue;
      }
      rows_first(p, !is_complex(in.dtype()));
      if (job.kind == Kind::forward && !is_complex(in.dtype())) mirror(p);
    }
  };
  constexpr Index small_plane = Index{1} << 18;  // elements; smaller ones go to a thread each
  if (planes > 1 && plane_size < small_plane)
    parallel_for(planes, 1, run);
  else
    run(0, planes);
}

template void transform_planes<float>(const Job&, const Array&, const Array&);
template void transform_planes<double>(const Job&, const Array&, const Array&);

}  // namespace fovea::ops::fourier
