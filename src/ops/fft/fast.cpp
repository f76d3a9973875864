#include <algorithm>

#include "base/threads.h"
#include "ops/fft/engine.h"
#include "ops/fft/job.h"
#include "ops/fft/plane.h"

namespace fovea::ops::fourier {
namespace {

// The arithmetic of one axis of the job.
struct Step {
  Parts from = Parts::complex, to = Parts::complex;
  int axis = 0;
  Index n = 0;
  bool back = false;
  double scale = 1;
};

// Offsets (in elements) of the lines over all axes but one, in row-major order.
class Lines {
 public:
  Lines(const Array& array, int axis) : data_(array.data()), size_(static_cast<Index>(size_of(array.dtype()))) {
    for (int k = 0; k < array.ndim(); ++k)
      if (k != axis) {
        extents_.push_back(array.shape()[static_cast<std::size_t>(k)]);
        strides_.push_back(array.strides()[static_cast<std::size_t>(k)]);
      }
  }
  template <class T>
  T* at(Index line) const {
    Index offset = 0;
    for (std::size_t k = extents_.size(); k-- > 0; line /= extents_[k]) offset += line % extents_[k] * strides_[k];
    return reinterpret_cast<T*>(data_ + offset * size_);
  }

 private:
  std::byte* data_;
  Index size_;
  Shape extents_, strides_;
};

template <class T>
void place_lines(Place<T>& place, const Array& array, int axis, Parts parts, Index lanes) {
  const Index stride = array.strides()[static_cast<std::size_t>(axis)];
  const bool real = parts == Parts::real;
  place.stride = stride * (real ? 1 : 2);
  place.form = stride == 1 ? Place<T>::Form::rows : Place<T>::Form::scatter;
  if (stride == 1 || parts != Parts::complex || place.lines > lanes) return;
  for (Index l = 1; l < place.lines; ++l)
    if (place.base[l] != place.base[0] + 2 * l) return;
  place.form = Place<T>::Form::columns;
}

// All lines along one axis.
template <class T>
void transform_axis(const Step& step, const Array& in, const Array& out) {
  const Engine<T>& e = engine<T>();
  const auto plan = plan_of<T>(step.n);
  const auto axis = static_cast<std::size_t>(step.axis);
  const Index at_once = step.from == Parts::complex ? e.lanes : 2 * e.lanes;
  Index inner = 1, outer = 1;
  for (std::size_t k = 0; k < out.shape().size(); ++k) (k < axis ? outer : inner) *= k == axis ? 1 : out.shape()[k];
  if (inner * outer == 0) return;
  if (inner < at_once) outer *= inner, inner = 1;
  // Groups end where the inner lines do, so that they stay neighbours.
  const bool split = inner > 1;
  const Index lines = split ? inner : outer, groups = (lines + at_once - 1) / at_once;
  const Lines from(in, step.axis), to(out, step.axis);
  parallel_for(groups * (split ? outer : 1), 1, [&](Index begin, Index end) {
    const Array panel = Array::empty({panel_scalars(*plan, e.lanes)}, DTypeOf<T>::value);
    std::vector<const T*> sources(static_cast<std::size_t>(at_once));
    std::vector<T*> targets(static_cast<std::size_t>(at_once));
    for (Index k = begin; k < end; ++k) {
      const Index first = k % groups * at_once, count = std::min(at_once, lines - first);
      for (Index l = 0; l < count; ++l) {
        const Index line = k / groups * lines + first + l;
        sources[static_cast<std::size_t>(l)] = from.at<const T>(line);
        targets[static_cast<std::size_t>(l)] = to.at<T>(line);
      }
      Group<T> g;
      g.plan = plan.get();
      g.panel = reinterpret_cast<T*>(panel.data());
      g.from = step.from;
      g.to = step.to;
      g.in.base = sources.data();
      g.out.base = targets.data();
      g.in.lines = g.out.lines = count;
      g.in.count = in.shape()[axis];
      g.out.count = out.shape()[axis];
      place_lines(g.in, in, step.axis, step.from, e.lanes);
      place_lines(g.out, out, step.axis, step.to, e.lanes);
      g.conjugate_in = g.conjugate_out = step.back;
      g.scale = static_cast<T>(step.scale);
      e.transform(g);
    }
  });
}

template <class T>
void transform_axes(const Job& job, const Array& in, const Array& out) {
  const DType pair = sizeof(T) == 4 ? DType::c64 : DType::c128;
  const std::size_t count = job.axes.size();
  Array now = in;
  for (std::size_t done = 0; done < count; ++done) {
    // The half spectrum comes first on the way there, last on the way back.
    const std::size_t k = job.kind == Kind::hermitian ? done : count - 1 - done;
    Step step{Parts::complex,
              Parts::complex,
              job.axes[k],
              job.lengths[k],
              job.kind == Kind::inverse || job.kind == Kind::hermitian,
              1};
    const bool half = k + 1 == count;
    if (half && job.kind == Kind::real) step.from = Parts::real, step.to = Parts::half;
    if (half && job.kind == Kind::hermitian) step.from = Parts::half, step.to = Parts::real, step.back = false;
    const bool last = done + 1 == count;
    if (last) step.scale = job.scale;
    Array next = out;
    if (!last) {
      Shape shape = now.shape();
      shape[static_cast<std::size_t>(step.axis)] = step.to == Parts::half ? half_length(step.n) : step.n;
      next = shape == out.shape() && pair == out.dtype() ? out : Array::empty(std::move(shape), pair);
    }
    transform_axis<T>(step, now, next);
    now = next;
  }
}

// The last two axes, the last one in steps of one element: what transform_plane() takes.
bool is_plane(const Job& job, const Array& in) {
  const int n = in.ndim();
  if (job.axes.size() != 2) return false;
  const bool any_order = job.kind == Kind::forward || job.kind == Kind::inverse;
  return (job.axes[0] == n - 2 && job.axes[1] == n - 1) || (any_order && job.axes[0] == n - 1 && job.axes[1] == n - 2);
}

template <class T>
void transform(const Job& job, const Array& in, const Array& out) {
  if (out.size() == 0) return;
  if (!is_plane(job, in)) return transform_axes<T>(job, in, out);
  const Array from = in.strides().back() == 1 || in.shape().back() == 1 ? in : in.copy();
  transform_planes<T>(job, from, out);
}

}  // namespace

void transform_fast(const Job& job, const Array& in, const Array& out) {
  const Array from = readable_strided(job.kind, in);
  if (part_of(in.dtype()) == DType::f32)
    transform<float>(job, from, out);
  else
    transform<double>(job, from, out);
}

}  // namespace fovea::ops::fourier
