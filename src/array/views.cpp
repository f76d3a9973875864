#include <algorithm>
#include <functional>
#include <numeric>

#include "array/shape.h"
#include "fovea/array.h"

namespace fovea {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

struct Part {
  std::int64_t start, count;
};

Part resolve(Slice slice, std::int64_t extent) {
  const bool forward = slice.step > 0;
  const std::int64_t low = forward ? 0 : -1, high = forward ? extent : extent - 1;
  const auto bound = [&](std::int64_t value) { return std::clamp(value < 0 ? value + extent : value, low, high); };
  const std::int64_t start = slice.start == Slice::none ? (forward ? low : high) : bound(slice.start);
  const std::int64_t stop = slice.stop == Slice::none ? (forward ? high : low) : bound(slice.stop);
  const std::int64_t distance = forward ? stop - start : start - stop;
  if (distance <= 0) return {0, 0};
  const std::uint64_t step =
      forward ? static_cast<std::uint64_t>(slice.step) : 0 - static_cast<std::uint64_t>(slice.step);
  return {start, static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / step) + 1};
}

// The strides of the same elements in another shape of as many, where they can be had without a copy. Axes of both
// shapes are taken in groups of equal products; within a group the old axes must lie as one block.
std::optional<Shape> regroup(const Shape& shape, const Shape& strides, const Shape& wanted) {
  Shape from, steps;
  for (std::size_t k = 0; k < shape.size(); ++k)
    if (shape[k] != 1) from.push_back(shape[k]), steps.push_back(strides[k]);
  Shape result(wanted.size());
  std::size_t old_at = 0, new_at = 0;
  while (old_at < from.size() && new_at < wanted.size()) {
    std::size_t old_end = old_at + 1, new_end = new_at + 1;
    std::int64_t old_product = from[old_at], new_product = wanted[new_at];
    while (old_product != new_product) {
      if (new_product < old_product)
        new_product *= wanted[new_end++];
      else
        old_product *= from[old_end++];
    }
    for (std::size_t k = old_at; k + 1 < old_end; ++k)
      if (steps[k] != steps[k + 1] * from[k + 1]) return std::nullopt;
    std::int64_t step = steps[old_end - 1];
    for (std::size_t k = new_end; k-- > new_at;) {
      result[k] = step;
      step *= wanted[k];
    }
    old_at = old_end;
    new_at = new_end;
  }
  for (; new_at < wanted.size(); ++new_at) result[new_at] = 1;  // extents of 1
  return result;
}

}  // namespace

std::size_t Array::axis_of(const char* where, int axis) const {
  if (axis < -ndim() || axis >= ndim())
    refuse(std::string(where) + ": expected an axis below " + std::to_string(ndim()) + ", got " + std::to_string(axis));
  return static_cast<std::size_t>(axis < 0 ? axis + ndim() : axis);
}

Array Array::operator[](std::int64_t index) const {
  if (shape_.empty()) refuse("Array: expected an axis to index, got an array without axes");
  const std::int64_t extent = shape_[0];
  if (index < -extent || index >= extent)
    refuse("Array: expected an index below " + std::to_string(extent) + ", got " + std::to_string(index));
  Array part = *this;
  if (size() != 0)
    part.data_ += (index < 0 ? index + extent : index) * strides_[0] * static_cast<std::int64_t>(size_of(dtype_));
  part.shape_.erase(part.shape_.begin());
  part.strides_.erase(part.strides_.begin());
  return part;
}

Array Array::slice(int axis, Slice request) const {
  const std::size_t at = axis_of("Array::slice", axis);
  if (request.step == 0) refuse("Array::slice: expected a step other than 0, got 0");
  const Part range = resolve(request, shape_[at]);
  Array part = *this;
  part.shape_[at] = range.count;
  if (size() != 0) part.data_ += range.start * strides_[at] * static_cast<std::int64_t>(size_of(dtype_));
  if (range.count > 1) part.strides_[at] = strides_[at] * request.step;  // a single element takes no step, of any size
  return part;
}

Array Array::reshape(Shape shape) const {
  const auto wild = std::find(shape.begin(), shape.end(), -1);
  if (wild != shape.end()) {
    const Shape wanted = shape;
    *wild = 1;
    checked_bytes("Array::reshape", shape, dtype_);
    const std::int64_t known = extent_product(shape);
    if (known == 0 || size() % known != 0)
      refuse("Array::reshape: expected a shape of " + std::to_string(size()) + " elements, got " + to_string(wanted));
    *wild = size() / known;
  }
  const std::size_t bytes = checked_bytes("Array::reshape", shape, dtype_);
  if (bytes != static_cast<std::size_t>(size()) * size_of(dtype_))
    refuse("Array::reshape: expected a shape of " + std::to_string(size()) + " elements, got " + to_string(shape));
  Array array = *this;
  if (contiguous()) {
    array.strides_ = contiguous_strides(shape);
  } else {
    auto strides = regroup(shape_, strides_, shape);
    if (!strides)
      refuse("Array::reshape: expected axes that merge without a copy, got strides " + to_string(strides_) + " for " +
             to_string(shape_) + " to " + to_string(shape) + "; copy() it first");
    array.strides_ = std::move(*strides);
  }
  array.shape_ = std::move(shape);
  return array;
}

Array Array::transpose(std::span<const int> axes) const {
  std::vector<int> order(axes.begin(), axes.end());
  if (order.empty()) {
    order.resize(shape_.size());
    std::iota(order.rbegin(), order.rend(), 0);
  }
  std::vector<bool> seen(shape_.size());
  if (order.size() != shape_.size())
    refuse("Array::transpose: expected " + std::to_string(ndim()) + " axes, got " + std::to_string(order.size()));
  Array array = *this;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t from = axis_of("Array::transpose", order[i]);
    if (seen[from]) refuse("Array::transpose: expected each axis once, got axis " + std::to_string(from) + " twice");
    seen[from] = true;
    array.shape_[i] = shape_[from];
    array.strides_[i] = strides_[from];
  }
  return array;
}

Array Array::broadcast(Shape shape) const {
  checked_bytes("Array::broadcast", shape, dtype_);
  const std::size_t added = shape.size() - std::min(shape.size(), shape_.size());
  bool fits = shape.size() >= shape_.size();
  Array array = *this;
  array.strides_.assign(shape.size(), 0);
  for (std::size_t k = 0; fits && k < shape_.size(); ++k) {
    fits = shape_[k] == shape[added + k] || shape_[k] == 1;
    if (shape_[k] != 1) array.strides_[added + k] = strides_[k];
  }
  if (!fits)
    refuse("Array::broadcast: expected a shape that " + to_string(shape_) + " repeats to, got " + to_string(shape));
  for (std::size_t k = 0; k < shape.size(); ++k)
    if (shape[k] > 1 && (k < added || shape_[k - added] == 1)) array.writable_ = false;
  array.shape_ = std::move(shape);
  return array;
}

Array Array::squeeze(std::span<const int> axes) const {
  std::vector<bool> drop(shape_.size());
  for (std::size_t k = 0; axes.empty() && k < shape_.size(); ++k) drop[k] = shape_[k] == 1;
  for (int axis : axes) {
    const std::size_t at = axis_of("Array::squeeze", axis);
    if (shape_[at] != 1)
      refuse("Array::squeeze: expected an axis of extent 1, got axis " + std::to_string(axis) + " of " +
             to_string(shape_));
    if (drop[at]) refuse("Array::squeeze: expected each axis once, got axis " + std::to_string(at) + " twice");
    drop[at] = true;
  }
  Array array = *this;
  array.shape_.clear();
  array.strides_.clear();
  for (std::size_t k = 0; k < shape_.size(); ++k)
    if (!drop[k]) array.shape_.push_back(shape_[k]), array.strides_.push_back(strides_[k]);
  return array;
}

Array Array::expand_dims(int axis) const {
  if (axis < -ndim() - 1 || axis > ndim())
    refuse("Array::expand_dims: expected an axis of at most " + std::to_string(ndim()) + ", got " +
           std::to_string(axis));
  const std::ptrdiff_t at = axis < 0 ? axis + ndim() + 1 : axis;
  Array array = *this;
  array.shape_.insert(array.shape_.begin() + at, 1);
  array.strides_.insert(array.strides_.begin() + at, 1);
  return array;
}

Array Array::real() const {
  if (!is_complex(dtype_)) return *this;
  Array array = *this;
  array.dtype_ = dtype_ == DType::c64 ? DType::f32 : DType::f64;
  for (std::int64_t& stride : array.strides_) stride *= 2;
  return array;
}

Array Array::imag() const {
  if (!is_complex(dtype_))
    refuse("Array::imag: expected c64 or c128, got " + std::string(name(dtype_)) + "; real arrays have no such part");
  Array array = real();
  if (size() != 0) array.data_ += size_of(array.dtype_);
  return array;
}

}  // namespace fovea
