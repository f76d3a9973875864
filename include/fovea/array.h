#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/device.h"
#include "fovea/dtype.h"
#include "fovea/error.h"
#include "fovea/memory.h"

namespace fovea {

using Shape = std::vector<std::int64_t>;
std::string to_string(const Shape&);  // "[2, 3]"

// Half-open, NumPy's rules: negative start and stop count from the end, step may be negative.
struct Slice {
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
  std::int64_t start = none, stop = none, step = 1;
};

// Shape and strides (in elements) over shared bytes on a device. An image is rows x cols x channels.
// Copies of an Array share its bytes; const protects the shape, not the elements. Distinct Arrays may be used from
// distinct threads; while one thread writes to shared bytes, no other may use them. A default-made Array has no
// elements.
class Array {
 public:
  Array() = default;
  // Contiguous. empty() leaves the elements unspecified. Throw Error: invalid_argument for negative extents and shapes
  // of 2^63 bytes and more, what the Memory throws, and for zeros() unsupported when the Memory is not the host's.
  static Array empty(Shape, DType, const std::shared_ptr<Memory>& = host_memory());
  static Array zeros(Shape, DType, const std::shared_ptr<Memory>& = host_memory());
  template <class T>
  static Array of(std::span<const T> values, Shape shape);
  // Uses contiguous bytes that `owner` keeps alive; without an owner the caller does.
  static Array borrow(void* data, Shape, DType, std::shared_ptr<const void> owner, Device = Device::cpu());

  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }
  std::int64_t size() const;  // elements
  int ndim() const { return static_cast<int>(shape_.size()); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }
  bool contiguous() const;

  // These share the bytes and cost nothing; a request that does not fit throws Error(invalid_argument).
  Array operator[](std::int64_t index) const;  // of the first axis, which goes; negative ones count from the end
  Array slice(int axis, Slice) const;
  Array reshape(Shape) const;                             // contiguous arrays only; one extent may be -1
  Array transpose(std::span<const int> axes = {}) const;  // result axis k is axes[k]; none: reversed
  Array broadcast(Shape) const;  // NumPy's rules; repeated axes have stride 0, so such a result is for reading only

  Array copy() const;  // contiguous, in memory of its own

  std::byte* data() const { return data_; }
  template <class T>
  std::span<T> span() const {  // throws Error(invalid_argument) unless T is the type, on the host, and contiguous
    check_span(DTypeOf<T>::value);
    return {reinterpret_cast<T*>(data_), static_cast<std::size_t>(size())};
  }

 private:
  void check_span(DType wanted) const;
  Shape shape_, strides_;
  std::byte* data_ = nullptr;
  DType dtype_ = DType::f32;
  Device device_;
  std::shared_ptr<const void> owner_;
};

template <class T>
Array Array::of(std::span<const T> values, Shape shape) {
  Array array = empty(std::move(shape), DTypeOf<T>::value);
  if (static_cast<std::size_t>(array.size()) != values.size())
    throw Error(Errc::invalid_argument, "Array::of: expected " + std::to_string(array.size()) + " values, got " +
                                            std::to_string(values.size()));
  std::copy(values.begin(), values.end(), array.span<T>().begin());
  return array;
}

// .npy versions 1 to 3, either byte order, Fortran order too; object arrays (pickles) are refused. Reads the whole file
// and the array takes as much memory; there is no limit. Errors: those of opening and reading, empty,
// unknown_format, truncated, corrupt, unsupported, limit_metadata.
Result<Array> load_npy(const std::filesystem::path&);
// The file appears, or replaces another, once it is complete. Throws Error: not_found, permission, not_a_file, io.
void save_npy(const std::filesystem::path&, const Array&);

}  // namespace fovea
