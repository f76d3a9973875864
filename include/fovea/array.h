#pragma once
#include <algorithm>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
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

// One number of any type, whole ones without loss. u64 values of 2^63 and more throw Error(invalid_argument).
class Scalar {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::complex<double>>;
  template <class T>
  requires std::is_arithmetic_v<T> Scalar(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      value_ = value;
    } else if constexpr (std::is_integral_v<T>) {
      if (!std::in_range<std::int64_t>(value))
        throw Error(Errc::invalid_argument, "Scalar: expected a whole number below 2^63, got " + std::to_string(value));
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }
  template <std::floating_point T>
  Scalar(std::complex<T> value) : value_(std::complex<double>(value)) {}

  const Value& value() const { return value_; }
  DType dtype() const;  // bool, i64, f64 or c128
  bool operator==(const Scalar&) const = default;

 private:
  Value value_;
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
  // For work of the stream: made and, when the last copy goes, given back in its order (Memory::allocate_async). The
  // memory must be of the stream's device, or the host's.
  static Array empty(Shape, DType, const std::shared_ptr<Memory>&, const Stream&);
  template <class T>
  static Array of(std::span<const T> values, Shape shape);
  // Uses contiguous bytes that `owner` keeps alive; without an owner the caller does.
  static Array borrow(void* data, Shape, DType, std::shared_ptr<const void> owner, Device = Device::cpu());

  // As NumPy's functions of these names, with its formulas, so that the bits are NumPy's. A value goes to the type as a
  // C++ conversion does; what an integer type cannot hold, NaN, and a complex value for a real type throw
  // Error(invalid_argument).
  static Array ones(Shape, DType = DType::f64);
  static Array full(Shape, Scalar value, std::optional<DType> = {});  // by default value.dtype()
  // By default i64 when all are whole, else c128 or f64. start + i * ((start + step) - start) in the type, i up to
  // ceil((stop - start) / step); bool is refused.
  static Array arange(Scalar start, Scalar stop, Scalar step = 1, std::optional<DType> = {});
  static Array arange(Scalar stop);
  // `count` values from start to stop, by default f64 or c128; rounded down for an integer type.
  static Array linspace(Scalar start, Scalar stop, std::int64_t count = 50, bool endpoint = true,
                        std::optional<DType> = {});
  static Array eye(std::int64_t rows, std::optional<std::int64_t> columns = {}, std::int64_t k = 0,
                   DType = DType::f64);  // ones on the k-th diagonal, above the main one for k > 0

  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }
  std::int64_t size() const;  // elements
  int ndim() const { return static_cast<int>(shape_.size()); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }
  bool contiguous() const;

  // Whether the elements may be written to: not those of read_only(), of a file mapped for reading, and where
  // broadcast() repeats an element. Views inherit it. span() of a type that is not const checks it; data() cannot.
  bool writable() const { return writable_; }
  Array read_only() const;

  // These share the bytes and cost nothing; a request that does not fit throws Error(invalid_argument). Axes count from
  // the end when negative.
  Array operator[](std::int64_t index) const;  // of the first axis, which goes; negative ones count from the end
  Array slice(int axis, Slice) const;          // {.step = -1} turns the axis round
  // One extent may be -1. Strided arrays too, where no copy is needed: only axes that lie as one block merge.
  Array reshape(Shape) const;
  Array transpose(std::span<const int> axes = {}) const;  // result axis k is axes[k]; none: reversed
  Array broadcast(Shape) const;                           // NumPy's rules; repeated axes have stride 0
  Array squeeze(std::span<const int> axes = {}) const;    // without these axes of extent 1; none: without all such
  Array expand_dims(int axis) const;                      // a new axis of extent 1, at `axis` of the result
  Array real() const;                                     // of c64 as f32, of c128 as f64; a real array is itself
  Array imag() const;                                     // of complex arrays only

  Array copy() const;  // contiguous, in memory of its own

  // The array itself if it is on the device, else a contiguous copy there. With a stream the copy is enqueued to it,
  // and the result is for later work of that stream; the stream is of either device. Elements that do not lie in rows,
  // and pageable host memory, go through page-locked staging blocks. Throws Error(device) when the device cannot be
  // used.
  Array to(Device) const;
  Array to(Device, const Stream&) const;

  // The element of an array of one element, on the host. item() takes exactly the array's type.
  Scalar scalar() const;
  template <class T>
  T item() const {
    T value;
    copy_item(DTypeOf<T>::value, &value);
    return value;
  }

  std::byte* data() const { return data_; }
  // Throws Error(invalid_argument) unless T is the type, on the host, contiguous, and writable or T const.
  template <class T>
  std::span<T> span() const {
    check_span(DTypeOf<std::remove_const_t<T>>::value, !std::is_const_v<T>);
    return {reinterpret_cast<T*>(data_), static_cast<std::size_t>(size())};
  }

 private:
  void check_span(DType wanted, bool write) const;
  void copy_item(DType wanted, void* to) const;
  std::size_t axis_of(const char* where, int axis) const;
  Shape shape_, strides_;
  std::byte* data_ = nullptr;
  DType dtype_ = DType::f32;
  bool writable_ = true;
  Device device_;
  std::shared_ptr<const void> owner_;
};

// Enqueues a copy of all elements, between any devices, parts of arrays (slices) too. Types and shapes must be equal
// and `to` writable, else Error(invalid_argument); so are overlapping parts. Both are kept alive until the stream is
// past it. Throws Error(unsupported) for elements on a device that lie in more than 4096 blocks of rows.
void copy(const Array& from, const Array& to, const Stream&);

template <class T>
Array Array::of(std::span<const T> values, Shape shape) {
  Array array = empty(std::move(shape), DTypeOf<T>::value);
  if (static_cast<std::size_t>(array.size()) != values.size())
    throw Error(Errc::invalid_argument, "Array::of: expected " + std::to_string(array.size()) + " values, got " +
                                            std::to_string(values.size()));
  std::copy(values.begin(), values.end(), array.span<T>().begin());
  return array;
}

}  // namespace fovea
