#pragma once
#include <memory>

#include "fovea/array.h"
#include "ops/fft/plan.h"

namespace fovea::ops::fourier {

// Transforms of one length at a time: a group of up to lanes() lines goes side by side through a panel in the cache,
// one line a vector lane. Of real lines twice as many, two as the parts of one complex line.

// Where the elements of a group's lines lie. Offsets and strides count scalars of type T.
template <class T>
struct Place {
  enum class Form : std::uint8_t {
    rows,     // each line's elements are neighbours: complex pairs, or scalars where the lines are real
    columns,  // the lines are neighbours, complex: base[0] + 2 * line + stride * element
    scatter,  // anything: base[line] + stride * element
  };
  Form form = Form::rows;
  T* const* base = nullptr;  // of each line
  Index lines = 0;
  Index stride = 0;     // of columns and scatter
  Index block = 0;      // of rows of pairs: each lanes() elements lie `block` from those before
  Index count = 0;      // elements that are there (input: the others are zeros) or wanted
  bool stream = false;  // stores that pass the cache
};

enum class Parts : std::uint8_t {
  complex,  // whole lines of pairs
  real,     // lines of scalars
  half,     // pairs 0 to n/2 of lines whose other elements are the conjugates of these
};

template <class T>
struct Group {
  const Plan<T>* plan = nullptr;
  T* panel = nullptr;  // panel_scalars() of it, aligned to 64 bytes
  Parts from = Parts::complex, to = Parts::complex;
  Place<const T> in;
  Place<T> out;
  bool conjugate_in = false, conjugate_out = false;
  T scale = 1;
  const T* twist = nullptr;  // for every element and lane a factor (pairs of vectors), in the order of the output
};

// A column pass of a 2-D transform: panels first to last of the work array, each rows of lanes() pairs in plan.order(),
// into rows of `width` pairs at `to`. Panels of one call go over its `carry` in turn.
template <class T>
struct Columns {
  const Plan<T>* plan = nullptr;
  T* panel = nullptr;
  T* carry = nullptr;  // of plan.n cache lines
  const T* work = nullptr;
  Index first = 0, last = 0;
  T* to = nullptr;
  Index stride = 0, width = 0;
  bool conjugate = false, stream = false;
  T scale = 1;
};

// One instruction set's engine.
template <class T>
struct Engine {
  Index lanes;
  int (*line)(int lane);  // the line of a group that a lane holds
  void (*transform)(const Group<T>&);
  void (*columns)(const Columns<T>&);
  void (*multiply_conjugate)(T* a, const T* b, Index scalars);  // a *= conj b; whole vectors of pairs
};
template <class T>
const Engine<T>& engine();

// Above these, in bytes, stores of the work array and of the result go past the cache. Rows that start within a vector
// are put together from those of two panels for it.
inline constexpr Index large_work = Index{20} << 20, large_result = Index{3} << 20,
                       large_unaligned_result = Index{24} << 20;

inline constexpr Index scratch_elements = 440;  // intermediate elements of one pass, and rows on their way out

// Scalars that a panel, its twin and the scratch before them take.
template <class T>
Index panel_scalars(const Plan<T>& plan, Index lanes) {
  return (2 * plan.slots + scratch_elements) * 2 * lanes + 64;
}
template <class T>
Array panel(const Plan<T>& plan, Index lanes) {
  return Array::empty({panel_scalars(plan, lanes)}, DTypeOf<T>::value);
}

}  // namespace fovea::ops::fourier
