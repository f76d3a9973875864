#include "fovea/array.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "array/shape.h"
#include "array/strided_copy.h"

namespace fovea {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

std::size_t checked_bytes(const char* where, const Shape& shape, DType dtype) {
  for (std::int64_t extent : shape)
    if (extent < 0) refuse(std::string(where) + ": expected extents of 0 or more, got " + to_string(shape));
  const auto bytes = bytes_of(shape, dtype);
  if (!bytes) refuse(std::string(where) + ": expected a shape of less than 2^63 bytes, got " + to_string(shape));
  return *bytes;
}

std::int64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void check_axis(const char* where, int axis, int ndim) {
  if (axis < 0 || axis >= ndim)
    refuse(std::string(where) + ": expected an axis below " + std::to_string(ndim) + ", got " + std::to_string(axis));
}

struct Range {
  std::int64_t start, count;
};

Range resolve(Slice slice, std::int64_t extent) {
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

}  // namespace

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

Array Array::empty(Shape shape, DType dtype, const std::shared_ptr<Memory>& memory) {
  const std::size_t bytes = checked_bytes("Array::empty", shape, dtype);
  Array array;
  array.strides_ = contiguous_strides(shape);
  array.shape_ = std::move(shape);
  array.dtype_ = dtype;
  array.device_ = memory->device();
  void* block = memory->allocate(bytes);
  array.owner_ = std::shared_ptr<const void>(
      block, [memory, bytes](const void* pointer) { memory->deallocate(const_cast<void*>(pointer), bytes); });
  array.data_ = static_cast<std::byte*>(block);
  return array;
}

Array Array::zeros(Shape shape, DType dtype, const std::shared_ptr<Memory>& memory) {
  if (memory->device() != Device::cpu())
    throw Error(Errc::unsupported, "Array::zeros: expected host memory, got memory of " + memory->device().name());
  Array array = empty(std::move(shape), dtype, memory);
  if (array.data_ != nullptr) std::memset(array.data_, 0, static_cast<std::size_t>(array.size()) * size_of(dtype));
  return array;
}

Array Array::borrow(void* data, Shape shape, DType dtype, std::shared_ptr<const void> owner, Device device) {
  if (checked_bytes("Array::borrow", shape, dtype) != 0 && data == nullptr)
    refuse("Array::borrow: expected bytes for shape " + to_string(shape) + ", got a null pointer");
  Array array;
  array.strides_ = contiguous_strides(shape);
  array.shape_ = std::move(shape);
  array.dtype_ = dtype;
  array.device_ = device;
  array.data_ = static_cast<std::byte*>(data);
  array.owner_ = std::move(owner);
  return array;
}

std::int64_t Array::size() const {
  return data_ == nullptr && shape_.empty() ? 0 : product(shape_);
}

bool Array::contiguous() const {
  if (size() == 0) return true;
  std::int64_t step = 1;
  for (std::size_t axis = shape_.size(); axis-- > 0;) {
    if (shape_[axis] != 1 && strides_[axis] != step) return false;
    step *= shape_[axis];
  }
  return true;
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
  check_axis("Array::slice", axis, ndim());
  if (request.step == 0) refuse("Array::slice: expected a step other than 0, got 0");
  const auto at = static_cast<std::size_t>(axis);
  const Range range = resolve(request, shape_[at]);
  Array part = *this;
  part.shape_[at] = range.count;
  if (size() != 0) part.data_ += range.start * strides_[at] * static_cast<std::int64_t>(size_of(dtype_));
  if (range.count > 1) part.strides_[at] = strides_[at] * request.step;  // a single element takes no step, of any size
  return part;
}

Array Array::reshape(Shape shape) const {
  if (!contiguous())
    refuse("Array::reshape: expected a contiguous array, got strides " + to_string(strides_) + "; copy() it first");
  const auto wild = std::find(shape.begin(), shape.end(), -1);
  if (wild != shape.end()) {
    const Shape wanted = shape;
    *wild = 1;
    checked_bytes("Array::reshape", shape, dtype_);
    const std::int64_t known = product(shape);
    if (known == 0 || size() % known != 0)
      refuse("Array::reshape: expected a shape of " + std::to_string(size()) + " elements, got " + to_string(wanted));
    *wild = size() / known;
  }
  const std::size_t bytes = checked_bytes("Array::reshape", shape, dtype_);
  if (bytes != static_cast<std::size_t>(size()) * size_of(dtype_))
    refuse("Array::reshape: expected a shape of " + std::to_string(size()) + " elements, got " + to_string(shape));
  Array array = *this;
  array.strides_ = contiguous_strides(shape);
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
    check_axis("Array::transpose", order[i], ndim());
    const auto from = static_cast<std::size_t>(order[i]);
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
  array.shape_ = std::move(shape);
  return array;
}

Array Array::copy() const {
  if (device_ != Device::cpu())
    throw Error(Errc::unsupported, "Array::copy: expected an array on the host, got one on " + device_.name());
  if (shape_.empty() && data_ == nullptr) return *this;
  Array array = empty(shape_, dtype_);
  if (size() != 0) strided_copy(array.data_, data_, shape_, strides_, size_of(dtype_));
  return array;
}

void Array::check_span(DType wanted) const {
  if (wanted != dtype_)
    refuse("Array::span: expected " + std::string(name(dtype_)) + " elements, got a span of " +
           std::string(name(wanted)));
  if (device_ != Device::cpu()) refuse("Array::span: expected an array on the host, got one on " + device_.name());
  if (!contiguous())
    refuse("Array::span: expected a contiguous array, got strides " + to_string(strides_) + "; copy() it first");
}

}  // namespace fovea
