#pragma once
#include <cmath>
#include <utility>

#include "ops/strided.h"

// Rolling an array along some of its axes: the portable body of fftshift and ifftshift.
namespace fovea::ops {

struct ShiftParams {
  std::vector<double> axes;

  template <class F>
  void fields(F&& f) {
    f("axes", axes, "distinct axes; none: all; negative ones count from the end");
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

inline constexpr int most_axes = 16;

// Element `at` of the result along an axis is element (at + extent - by) % extent of the input.
template <class T>
struct ShiftBody {
  const T* x;
  T* y;
  int axes;
  Index extent[most_axes], stride[most_axes], by[most_axes];
  static constexpr Index chunk = 4096;

  FOVEA_HD void operator()(Index row, Index part) const {
    Index offset = 0, rest = row;
    for (int k = axes - 2; k >= 0; --k) {
      const Index at = rest % extent[k];
      rest /= extent[k];
      offset += (at < by[k] ? at + extent[k] - by[k] : at - by[k]) * stride[k];
    }
    const Index n = extent[axes - 1], step = stride[axes - 1], shift = by[axes - 1];
    const Index end = (part + 1) * chunk < n ? (part + 1) * chunk : n;
    const Index turn = shift < end ? (shift > part * chunk ? shift : part * chunk) : end;
    T* to = y + row * n;
    for (Index c = part * chunk; c < turn; ++c) to[c] = x[offset + (c + n - shift) * step];
    for (Index c = turn; c < end; ++c) to[c] = x[offset + (c - shift) * step];
  }
};

// Distinct axes, counted from the front.
inline std::vector<int> shift_axes(const char* op, const ShiftParams& p, std::size_t dimensions) {
  std::vector<int> axes;
  const double count = static_cast<double>(dimensions);
  for (double given : p.axes) {
    require(given == std::floor(given) && given >= -count && given < count, op,
            "axes: expected some of the " + std::to_string(dimensions) + " axes, got " + std::to_string(given));
    const int axis = static_cast<int>(given < 0 ? given + count : given);
    for (int other : axes)
      require(other != axis, op, "axes: expected distinct ones, got " + std::to_string(axis) + " twice");
    axes.push_back(axis);
  }
  if (axes.empty())
    for (std::size_t k = 0; k < dimensions; ++k) axes.push_back(static_cast<int>(k));
  return axes;
}

inline TensorSpec infer_shift(const char* op, const ShiftParams& p, const TensorSpec& in) {
  shift_axes(op, p, in.shape.size());
  require(in.shape.size() <= most_axes, op, "expected up to 16 axes, got " + std::to_string(in.shape.size()));
  return {in.dtype, in.shape};
}

template <class T>
void shift_as(const ShiftParams& p, bool back, Queue queue, const Array& in, const Array& out) {
  ShiftBody<T> body{reinterpret_cast<const T*>(in.data()), reinterpret_cast<T*>(out.data()), in.ndim(), {}, {}, {}};
  for (int k = 0; k < in.ndim(); ++k) {
    body.extent[k] = in.shape()[static_cast<std::size_t>(k)];
    body.stride[k] = in.strides()[static_cast<std::size_t>(k)];
  }
  for (int axis : shift_axes("shift", p, in.shape().size())) {
    const Index n = body.extent[axis];
    body.by[axis] = back ? n - n / 2 : n / 2;
    if (body.by[axis] == n) body.by[axis] = 0;
  }
  if (in.ndim() == 0) {
    body.axes = 1;
    body.extent[0] = 1;
  }
  const Index columns = body.extent[body.axes - 1];
  for_each(queue, {out.size() / columns, (columns + body.chunk - 1) / body.chunk}, body);
}

template <bool Back>
void shift(const ShiftParams& p, Queue queue, std::span<const Array> in, const Array& out) {
  if (out.size() == 0) return;
  switch (size_of(out.dtype())) {
    case 1:
      return shift_as<std::uint8_t>(p, Back, queue, in[0], out);
    case 2:
      return shift_as<std::uint16_t>(p, Back, queue, in[0], out);
    case 4:
      return shift_as<std::uint32_t>(p, Back, queue, in[0], out);
    case 8:
      return shift_as<std::uint64_t>(p, Back, queue, in[0], out);
    default:
      return shift_as<Pair16>(p, Back, queue, in[0], out);
  }
}

}  // namespace fovea::ops::FOVEA_PASS
