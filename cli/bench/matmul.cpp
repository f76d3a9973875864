#include <fmt/format.h>

#include <algorithm>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {
namespace {

template <class T>
std::function<void()> naive(std::int64_t m, std::int64_t k, std::int64_t n) {
  const Array a = random_array({m, k}, DTypeOf<T>::value), b = random_array({k, n}, DTypeOf<T>::value);
  const Array c = Array::zeros({m, n}, DTypeOf<T>::value);
  return [=] {
    const auto x = a.span<T>(), y = b.span<T>(), to = c.span<T>();
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        T total = 0;
        for (std::int64_t p = 0; p < k; ++p) total += x[i * k + p] * y[p * n + j];
        to[i * n + j] = total;
      }
    keep(static_cast<double>(to[0]));
  };
}

}  // namespace

void bench_matmul(const Request& request, const Emit& emit) {
  constexpr std::int64_t loop_side = 384;
  for (const auto& [size, dtype] :
       sized(request, {{{4096}, DType::f32}, {{2048}, DType::f64}, {{4096}, DType::bf16}, {{4096}, DType::i8}}))
    emit([&, size = size, dtype = dtype] {
      Shape mkn = size;
      if (mkn.size() == 1) mkn = {size[0], size[0], size[0]};
      if (mkn.size() != 3)
        throw Error(Errc::invalid_argument, fmt::format("bench: --size: expected N or MxKxN, got {}", text_of(size)));
      const auto [m, k, n] = std::array{mkn[0], mkn[1], mkn[2]};
      const Array a = random_array({m, k}, dtype), b = random_array({k, n}, dtype);
      const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
      Case c{"matmul",
             text_of(mkn),
             dtype,
             op_call(request.device, "matmul", {}, {a, b}),
             flops,
             is_integer(dtype) ? "GOP/s" : "GFLOP/s",
             {{Demand::Of::multiply_add, flops, 0, dtype}}};
      c.peers = peer_case("matmul", mkn, dtype);
      if (request.loop && (dtype == DType::f32 || dtype == DType::f64)) {
        const std::int64_t x = std::min(m, loop_side), y = std::min(k, loop_side), z = std::min(n, loop_side);
        c.loop = dtype == DType::f32 ? naive<float>(x, y, z) : naive<double>(x, y, z);
        c.loop_scale = flops / (2.0 * static_cast<double>(x * y * z));
      }
      return c;
    });
}

}  // namespace fovea::cli
