#include <cmath>
#include <cstring>

#include "array/element.h"
#include "base/checked.h"
#include "base/half.h"
#include "base/threads.h"
#include "fovea/array.h"

namespace fovea {
namespace {

constexpr std::int64_t grain = std::int64_t{1} << 16;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

// The first element into all others.
void repeat_first(const Array& array) {
  const std::size_t item = size_of(array.dtype());
  std::byte* data = array.data();
  parallel_for(array.size() - 1, grain, [&](std::int64_t begin, std::int64_t end) {
    std::byte* to = data + static_cast<std::size_t>(begin + 1) * item;
    const std::size_t bytes = static_cast<std::size_t>(end - begin) * item;
    std::memcpy(to, data, item);
    for (std::size_t done = item; done < bytes;) {
      constexpr std::size_t most = std::size_t{1} << 14;  // from the nearest cache
      const std::size_t part = std::min({done, bytes - done, most});
      std::memcpy(to + done, to, part);
      done += part;
    }
  });
}

double real_value(const char* where, const Scalar& scalar) {
  if (const auto* value = std::get_if<double>(&scalar.value())) return *value;
  if (const auto* value = std::get_if<bool>(&scalar.value())) return *value ? 1 : 0;
  if (const auto* value = std::get_if<std::int64_t>(&scalar.value())) return static_cast<double>(*value);
  refuse(std::string(where) + ": expected real values, got a complex one");
}

std::optional<std::int64_t> whole_value(const Scalar& scalar) {
  if (const auto* value = std::get_if<std::int64_t>(&scalar.value())) return *value;
  if (const auto* value = std::get_if<bool>(&scalar.value())) return *value ? 1 : 0;
  return std::nullopt;
}

struct Steps {
  std::int64_t count;
  Scalar second;
};

Steps whole_steps(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step == 0) refuse("arange: expected a step other than 0, got 0");
  if (step > 0 ? start >= stop : start <= stop) return {0, start};
  const auto low = static_cast<std::uint64_t>(step > 0 ? start : stop);
  const auto high = static_cast<std::uint64_t>(step > 0 ? stop : start);
  const std::uint64_t size = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = (high - low - 1) / size + 1;
  if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    refuse("arange: expected less than 2^63 values, got " + std::to_string(count));
  const auto second = checked_add(start, step);
  return {static_cast<std::int64_t>(count), second && count > 1 ? *second : start};
}

Steps real_steps(double start, double stop, double step) {
  if (step == 0) refuse("arange: expected a step other than 0, got 0");
  const double count = std::ceil((stop - start) / step);
  if (!(count < 0x1p63)) refuse("arange: expected less than 2^63 values between finite bounds, got others");
  return {count > 0 ? static_cast<std::int64_t>(count) : 0, start + step};
}

// NumPy's fill: the first two elements are there, the others are steps of their difference. For 16-bit floats the
// calculation is in f32.
template <class T, class Load, class Store>
void continue_steps(const Array& array, Load load, Store store) {
  const T start = load(0), delta = static_cast<T>(load(1) - start);
  parallel_for(array.size() - 2, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin + 2; i < end + 2; ++i)
      store(i, static_cast<T>(start + static_cast<T>(static_cast<T>(i) * delta)));
  });
}

// Whole numbers wrap around, in a type that does not promote to int.
template <class T, class Calculation = T>
void continue_plain(const Array& array) {
  T* data = reinterpret_cast<T*>(array.data());
  continue_steps<Calculation>(
      array, [&](std::int64_t i) { return Calculation{data[i]}; },
      [&](std::int64_t i, Calculation value) { data[i] = static_cast<T>(value); });
}

template <class Widen, class Narrow>
void continue_half(const Array& array, Widen widen, Narrow narrow) {
  auto* data = reinterpret_cast<std::uint16_t*>(array.data());
  continue_steps<float>(
      array, [&](std::int64_t i) { return widen(data[i]); },
      [&](std::int64_t i, float value) { data[i] = narrow(value); });
}

template <class T>
void continue_complex(const Array& array) {
  T* data = reinterpret_cast<T*>(array.data());
  continue_steps<T>(
      array, [&](std::int64_t i) { return data[2 * i]; },
      [&](std::int64_t i, T value) {
        data[2 * i] = value;
        data[2 * i + 1] = 0;
      });
}

void continue_all(const Array& array) {
  switch (array.dtype()) {
    case DType::boolean:
      return;
    case DType::u8:
    case DType::i8:
      return continue_plain<std::uint8_t, std::uint32_t>(array);
    case DType::u16:
    case DType::i16:
      return continue_plain<std::uint16_t, std::uint32_t>(array);
    case DType::i32:
      return continue_plain<std::uint32_t>(array);
    case DType::i64:
      return continue_plain<std::uint64_t>(array);
    case DType::f16:
      return continue_half(array, f16_to_f32, f32_to_f16);
    case DType::bf16:
      return continue_half(array, bf16_to_f32, f32_to_bf16);
    case DType::f32:
      return continue_plain<float>(array);
    case DType::f64:
      return continue_plain<double>(array);
    case DType::c64:
      return continue_complex<float>(array);
    case DType::c128:
      return continue_complex<double>(array);
  }
}

}  // namespace

Array Array::ones(Shape shape, DType dtype) {
  return full(std::move(shape), 1, dtype);
}

Array Array::full(Shape shape, Scalar value, std::optional<DType> dtype) {
  const Array array = empty(std::move(shape), dtype.value_or(value.dtype()));
  alignas(16) std::byte element[16];
  store_element("full", value, array.dtype(), element);  // a value that does not fit is an error of empty arrays too
  if (array.size() == 0) return array;
  std::memcpy(array.data(), element, size_of(array.dtype()));
  repeat_first(array);
  return array;
}

Array Array::arange(Scalar start, Scalar stop, Scalar step, std::optional<DType> dtype) {
  const auto a = whole_value(start), b = whole_value(stop), c = whole_value(step);
  const bool whole = a && b && c;
  const DType type = dtype.value_or(whole ? DType::i64 : DType::f64);
  if (type == DType::boolean) refuse("arange: expected a type of numbers, got bool");
  const Steps steps =
      whole ? whole_steps(*a, *b, *c)
            : real_steps(real_value("arange", start), real_value("arange", stop), real_value("arange", step));
  const Array array = empty({steps.count}, type);
  if (steps.count > 0) store_element("arange", start, type, array.data());
  if (steps.count > 1) store_element("arange", steps.second, type, array.data() + size_of(type));
  if (steps.count > 2) continue_all(array);
  return array;
}

Array Array::arange(Scalar stop) {
  return arange(0, stop);
}

Array Array::linspace(Scalar start, Scalar stop, std::int64_t count, bool endpoint, std::optional<DType> dtype) {
  if (count < 0) refuse("linspace: expected 0 values or more, got " + std::to_string(count));
  const bool complex = is_complex(start.dtype()) || is_complex(stop.dtype());
  const DType type = dtype.value_or(complex ? DType::c128 : DType::f64);
  using Complex = std::complex<double>;
  const auto part = [&](const Scalar& s) {
    const auto* value = std::get_if<Complex>(&s.value());
    return value != nullptr ? *value : Complex(real_value("linspace", s), 0);
  };
  const Complex first = part(start), last = part(stop), delta = last - first;
  const double intervals = static_cast<double>(endpoint ? count - 1 : count);
  const Complex step = intervals > 0 ? delta / intervals : Complex{};
  const bool tiny = intervals > 0 && step == Complex{};  // NumPy's order of operations where the step underflows
  const auto at = [&](std::int64_t i) {
    const auto x = static_cast<double>(i);
    if (endpoint && count > 1 && i == count - 1) return last;
    return (intervals <= 0 ? x * delta : tiny ? x / intervals * delta : x * step) + first;
  };
  const Array array = empty({count}, type);
  const std::size_t item = size_of(type);
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Complex value = at(i);
      std::byte* to = array.data() + static_cast<std::size_t>(i) * item;
      if (type == DType::f64 && !complex) {
        const double real = value.real();
        std::memcpy(to, &real, sizeof real);
      } else {
        store_element("linspace",
                      complex ? Scalar(value) : Scalar(is_integer(type) ? std::floor(value.real()) : value.real()),
                      type, to);
      }
    }
  });
  return array;
}

Array Array::eye(std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t k, DType dtype) {
  const Array array = zeros({rows, columns.value_or(rows)}, dtype);
  alignas(16) std::byte one[16];
  store_element("eye", 1, dtype, one);
  const std::int64_t width = array.shape()[1];
  if (k <= -rows || k >= width) return array;
  for (std::int64_t row = k < 0 ? -k : 0; row < rows && row + k < width; ++row)
    std::memcpy(array.data() + static_cast<std::size_t>(row * width + row + k) * size_of(dtype), one, size_of(dtype));
  return array;
}

}  // namespace fovea
