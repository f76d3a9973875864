#include "base/half.h"
#include "base/threads.h"
#include "ops/fft/job.h"

namespace fovea::ops::fourier {
namespace {

constexpr Index grain = Index{1} << 15;

template <class To, class From, class Value>
void convert(const Array& from, const Array& to, Value value) {
  const auto* x = reinterpret_cast<const From*>(from.data());
  auto* y = reinterpret_cast<To*>(to.data());
  parallel_for(from.size(), grain, [&](Index begin, Index end) {
    for (Index k = begin; k < end; ++k) y[k] = To(value(x[k]));
  });
}

template <class To, class From>
void convert(const Array& from, const Array& to) {
  using Real = decltype(std::real(To()));
  convert<To, From>(from, to, [](From v) { return static_cast<Real>(v); });
}

// To is the part type or a complex number of it.
template <class To>
void convert_to(const Array& from, const Array& to) {
  switch (from.dtype()) {
    case DType::boolean:
    case DType::u8:
      return convert<To, std::uint8_t>(from, to);
    case DType::i8:
      return convert<To, std::int8_t>(from, to);
    case DType::u16:
      return convert<To, std::uint16_t>(from, to);
    case DType::i16:
      return convert<To, std::int16_t>(from, to);
    case DType::i32:
      return convert<To, std::int32_t>(from, to);
    case DType::i64:
      return convert<To, std::int64_t>(from, to);
    case DType::f16:
      return convert<To, std::uint16_t>(from, to, f16_to_f32);
    case DType::bf16:
      return convert<To, std::uint16_t>(from, to, bf16_to_f32);
    case DType::f32:
      return convert<To, float>(from, to);
    case DType::f64:
      return convert<To, double>(from, to);
    default:
      return;  // complex numbers are of the right type already
  }
}

}  // namespace

Array readable_strided(Kind kind, const Array& input) {
  const bool wide = part_of(input.dtype()) == DType::f64;
  const DType real = wide ? DType::f64 : DType::f32, pair = wide ? DType::c128 : DType::c64;
  const DType wanted = kind == Kind::real ? real : pair;
  if (input.dtype() == wanted) return input;
  const Array from = input.contiguous() ? input : input.copy();
  const Array to = Array::empty(from.shape(), wanted);
  switch (wanted) {
    case DType::f32:
      convert_to<float>(from, to);
      break;
    case DType::f64:
      convert_to<double>(from, to);
      break;
    case DType::c64:
      convert_to<std::complex<float>>(from, to);
      break;
    default:
      convert_to<std::complex<double>>(from, to);
  }
  return to;
}

}  // namespace fovea::ops::fourier
