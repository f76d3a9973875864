#include "fovea/array.h"

#include <algorithm>
#include <cstring>

#include "array/element.h"
#include "array/host.h"
#include "array/shape.h"
#include "array/strided_copy.h"
#include "base/threads.h"

namespace fovea {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

}  // namespace

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
  const std::int64_t bytes = array.size() * static_cast<std::int64_t>(size_of(dtype));
  constexpr std::int64_t grain = std::int64_t{1} << 20;
  parallel_for(bytes, grain, [&](std::int64_t begin, std::int64_t end) {
    std::memset(array.data_ + begin, 0, static_cast<std::size_t>(end - begin));
  });
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
  return data_ == nullptr && shape_.empty() ? 0 : extent_product(shape_);
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

Array Array::copy() const {
  require_host("Array::copy", *this);
  if (shape_.empty() && data_ == nullptr) return *this;
  Array array = empty(shape_, dtype_);
  if (size() != 0) strided_copy(array.data_, data_, shape_, strides_, size_of(dtype_));
  return array;
}

Array Array::read_only() const {
  Array array = *this;
  array.writable_ = false;
  return array;
}

Scalar Array::scalar() const {
  alignas(16) std::byte element[16];
  copy_item(dtype_, element);
  return load_element(dtype_, element);
}

void Array::copy_item(DType wanted, void* to) const {
  if (wanted != dtype_)
    refuse("Array::item: expected " + std::string(name(dtype_)) + ", got a request for " + std::string(name(wanted)));
  require_host("Array::item", *this);
  if (size() != 1) refuse("Array::item: expected an array of one element, got shape " + to_string(shape_));
  std::memcpy(to, data_, size_of(dtype_));
}

void Array::check_span(DType wanted, bool write) const {
  if (wanted != dtype_)
    refuse("Array::span: expected " + std::string(name(dtype_)) + " elements, got a span of " +
           std::string(name(wanted)));
  require_host("Array::span", *this);
  if (!contiguous())
    refuse("Array::span: expected a contiguous array, got strides " + to_string(strides_) + "; copy() it first");
  if (write && !writable_)
    refuse(
        "Array::span: expected a writable array, got one that is for reading only; take a span of const or copy() it");
}

}  // namespace fovea
