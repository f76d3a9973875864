#include "suites/op_cases.h"

#include <random>
#include <type_traits>

#include "base/half.h"

namespace fovea::test {

#define X(stem) void cases_##stem(std::vector<OpCase>&);
#include "op_cases_leaves.inc"
#undef X

namespace {

template <class T>
void fill(const Array& array, std::mt19937& engine) {
  for (auto& v : array.span<T>())
    if constexpr (std::is_same_v<T, bool>)
      v = (engine() & 1) != 0;
    else if constexpr (std::is_integral_v<T>)
      v = static_cast<T>(engine());
    else
      v = static_cast<T>(engine() >> 8) / 8388608 - 1;
}

}  // namespace

Array random_array(const Shape& shape, DType dtype, unsigned seed) {
  std::mt19937 engine(seed);
  Array array = Array::empty(shape, dtype);
  switch (dtype) {
    case DType::boolean:
      fill<bool>(array, engine);
      break;
    case DType::u8:
      fill<std::uint8_t>(array, engine);
      break;
    case DType::i8:
      fill<std::int8_t>(array, engine);
      break;
    case DType::u16:
      fill<std::uint16_t>(array, engine);
      break;
    case DType::i16:
      fill<std::int16_t>(array, engine);
      break;
    case DType::i32:
      fill<std::int32_t>(array, engine);
      break;
    case DType::i64:
      fill<std::int64_t>(array, engine);
      break;
    case DType::f16:
    case DType::bf16:
      for (std::int64_t k = 0; k < array.size(); ++k) {
        const float v = static_cast<float>(engine() >> 8) / 8388608 - 1;
        reinterpret_cast<std::uint16_t*>(array.data())[k] = dtype == DType::f16 ? f32_to_f16(v) : f32_to_bf16(v);
      }
      break;
    case DType::f32:
      fill<float>(array, engine);
      break;
    case DType::f64:
      fill<double>(array, engine);
      break;
    case DType::c64:
      fill<float>(Array::borrow(array.data(), {array.size() * 2}, DType::f32, nullptr), engine);
      break;
    case DType::c128:
      fill<double>(Array::borrow(array.data(), {array.size() * 2}, DType::f64, nullptr), engine);
      break;
  }
  return array;
}

std::vector<OpCase> op_cases() {
  std::vector<OpCase> cases;
#define X(stem) cases_##stem(cases);
#include "op_cases_leaves.inc"
#undef X
  return cases;
}

}  // namespace fovea::test
