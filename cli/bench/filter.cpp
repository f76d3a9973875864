#include <fmt/format.h>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {
namespace {

constexpr std::int64_t taps = 3;

template <class T>
void box_loop(const Array& x, const Array& out, std::int64_t inner) {
  const std::int64_t rows = x.shape()[0], columns = x.shape()[1];
  const T* in = reinterpret_cast<const T*>(x.data());
  T* to = reinterpret_cast<T*>(out.data());
  for (std::int64_t i = 1; i + 1 < rows; ++i)
    for (std::int64_t j = 1; j + 1 < columns; ++j)
      for (std::int64_t c = 0; c < inner; ++c) {
        double total = 0;
        for (std::int64_t a = -1; a <= 1; ++a)
          for (std::int64_t b = -1; b <= 1; ++b)
            total += static_cast<double>(in[((i + a) * columns + j + b) * inner + c]);
        to[(i * columns + j) * inner + c] = static_cast<T>(total / 9);
      }
  keep(static_cast<double>(to[0]));
}

std::function<void()> naive_box(const Array& x) {
  const std::int64_t inner = x.ndim() == 3 ? x.shape()[2] : 1;
  const Array out = Array::zeros(x.shape(), x.dtype());
  switch (x.dtype()) {
    case DType::u8:
      return [=] { box_loop<std::uint8_t>(x, out, inner); };
    case DType::f32:
      return [=] { box_loop<float>(x, out, inner); };
    case DType::f64:
      return [=] { box_loop<double>(x, out, inner); };
    default:
      return {};
  }
}

Case filtered(Device device, const std::string& op, const std::string& label, ops::Params params, const Array& x) {
  const double bytes = 2 * static_cast<double>(x.size()) * static_cast<double>(size_of(x.dtype()));
  Case c{"filter",
         fmt::format("{} {}", label, text_of(x.shape())),
         x.dtype(),
         op_call(device, op, std::move(params), {x}),
         bytes,
         "GB/s",
         {{Demand::Of::copy, bytes, static_cast<std::int64_t>(bytes)}}};
  c.peers = peer_case(op, x.shape(), x.dtype());
  return c;
}

}  // namespace

void bench_filter(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] :
       sized(request, {{{1000, 1000}, DType::f64}, {{1000, 1000}, DType::f32}, {{3000, 4000, 3}, DType::u8}})) {
    const Array x = random_array(image_size(size), dtype);
    emit([&] {
      Case c = filtered(request.device, "box_filter", "box 3x3", {{"size", std::vector<double>{taps}}}, x);
      c.peers["size"] = taps;
      if (x.shape()[0] > 2 && x.shape()[1] > 2) c.loop = naive_box(x);
      return c;
    });
    emit([&] {
      constexpr double sigma = 1.5;
      Case c =
          filtered(request.device, "gaussian_filter", "Gaussian sigma 1.5", {{"sigma", std::vector<double>{sigma}}}, x);
      c.peers["sigma"] = sigma;
      c.peers["radius"] = 6;  // SciPy's: four sigma
      return c;
    });
    emit([&] {
      Case c = filtered(request.device, "median_filter", "median 3x3", {{"size", std::vector<double>{taps}}}, x);
      c.peers["size"] = taps;
      return c;
    });
  }
}

}  // namespace fovea::cli
