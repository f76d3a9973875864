#include "ops/correlate/cost.h"
#include "ops/correlate/sums.h"

namespace fovea::ops::cpu {
namespace {

template <class W>
void sums(const Correlate& p, std::string_view op, const Operands& o, const Array& out) {
  const ImageRows<W> x(o, out.dtype(), p.fillvalue);
  const Taps<W> taps = taps_of<W>(o, out.dtype());
  const bool plane = taps.height > 1 && taps.width > 1;
  if (p.method == "separable" || (p.method == "auto" && plane && taps.height * taps.width > 9)) {
    const auto factors = factorize(taps, out.dtype());
    require(factors || p.method == "auto", op, "method separable: expected a kernel of rank one; use auto or direct");
    if (factors) return separable_sums(x, *factors, out, o.conjugate_result && is_complex(out.dtype()));
  }
  direct_sums(x, taps, out, o.conjugate_result && is_complex(out.dtype()));
}

template <bool Convolve>
void correlate(const Correlate& p, Queue, std::span<const Array> in, const Array& out) {
  constexpr std::string_view op = Convolve ? "convolve2d" : "correlate2d";
  const Operands o = operands(p, Convolve, in);
  switch (out.dtype()) {
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::c64:
      return sums<float>(p, op, o, out);
    case DType::f64:
    case DType::c128:
      return sums<double>(p, op, o, out);
    case DType::i32:
      return sums<std::uint32_t>(p, op, o, out);
    default:
      return sums<std::uint16_t>(p, op, o, out);
  }
}

bool correlates(const Call& call) {
  return plain(call) && call.output.dtype != DType::boolean && call.output.dtype != DType::i64;
}

}  // namespace

void register_correlate2d_simd(Registry& r) {
  r.add_row({"correlate2d", Device::Kind::cpu, "simd", correlates, simple_kernel<Correlate, correlate<false>>});
  r.add_row({"convolve2d", Device::Kind::cpu, "simd", correlates, simple_kernel<Correlate, correlate<true>>});
}

}  // namespace fovea::ops::cpu
