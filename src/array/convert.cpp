#include "array/convert.h"

#include <algorithm>

#include "array/host.h"
#include "base/half.h"
#include "base/threads.h"

namespace fovea {
namespace {

constexpr std::int64_t grain = std::int64_t{1} << 16;

template <class T, class Convert>
void convert(const Array& from, std::span<float> to, Convert value) {
  const T* source = reinterpret_cast<const T*>(from.data());
  parallel_for(from.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    std::transform(source + begin, source + end, to.data() + begin, value);
  });
}

template <class T>
void convert(const Array& from, std::span<float> to) {
  convert<T>(from, to, [](T value) { return static_cast<float>(value); });
}

}  // namespace

Array to_f32(const Array& array) {
  require_host("to_f32", array);
  const Array from = array.contiguous() ? array : array.copy();
  if (from.dtype() == DType::f32) return from;
  const Array result = Array::empty(from.shape(), DType::f32);
  const std::span<float> to = result.span<float>();
  switch (from.dtype()) {
    case DType::boolean:
    case DType::u8:
      convert<std::uint8_t>(from, to);
      break;
    case DType::i8:
      convert<std::int8_t>(from, to);
      break;
    case DType::u16:
      convert<std::uint16_t>(from, to);
      break;
    case DType::i16:
      convert<std::int16_t>(from, to);
      break;
    case DType::i32:
      convert<std::int32_t>(from, to);
      break;
    case DType::i64:
      convert<std::int64_t>(from, to);
      break;
    case DType::f16:
      convert<std::uint16_t>(from, to, f16_to_f32);
      break;
    case DType::bf16:
      convert<std::uint16_t>(from, to, bf16_to_f32);
      break;
    case DType::f32:
      break;
    case DType::f64:
      convert<double>(from, to);
      break;
    case DType::c64:
    case DType::c128:
      throw Error(Errc::unsupported, "to_f32: expected real numbers, got " + std::string(name(from.dtype())));
  }
  return result;
}

}  // namespace fovea
