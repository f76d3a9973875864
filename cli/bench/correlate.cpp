#include <fmt/format.h>

#include <algorithm>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {
namespace {

// Zeros outside the picture, over the first rows alone.
template <class T>
std::function<void()> naive(const Array& x, const Array& kernel, std::int64_t rows) {
  return [=, out = Array::zeros({rows, x.shape()[1]}, x.dtype())] {
    const auto in = x.span<T>(), weights = kernel.span<T>(), to = out.template span<T>();
    const std::int64_t height = x.shape()[0], width = x.shape()[1], side = kernel.shape()[0], r = side / 2;
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        T total = 0;
        for (std::int64_t a = 0; a < side; ++a)
          for (std::int64_t b = 0; b < side; ++b) {
            const std::int64_t y = i + a - r, z = j + b - r;
            if (y >= 0 && y < height && z >= 0 && z < width) total += in[y * width + z] * weights[a * side + b];
          }
        to[i * width + j] = total;
      }
    keep(static_cast<double>(to[0]));
  };
}

}  // namespace

void bench_correlate(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] : sized(request, {{{1000, 1000}, DType::f64}, {{1000, 1000}, DType::f32}})) {
    Shape shape = image_size(size);
    std::vector<std::int64_t> sides{3, 15, 63};
    if (shape.size() == 3) sides = {shape[2]}, shape.pop_back();
    const Array x = random_array(shape, dtype);
    for (const std::int64_t side : sides)
      emit([&, dtype = dtype] {
        const Array kernel = random_array({side, side}, dtype);
        const double flops = 2 * static_cast<double>(x.size()) * static_cast<double>(elements({side, side}));
        const double bytes = 2 * static_cast<double>(x.size()) * static_cast<double>(size_of(dtype));
        Case c{
            "correlate",
            fmt::format("same {0}, {1}x{1}", text_of(shape), side),
            dtype,
            op_call(request.device, "correlate2d", {{"mode", std::string("same")}}, {x, kernel}),
            flops,
            "GFLOP/s",
            {{Demand::Of::multiply_add, flops, 0, dtype}, {Demand::Of::copy, bytes, static_cast<std::int64_t>(bytes)}}};
        c.peers = peer_case("correlate2d", shape, dtype);
        c.peers["size"] = side;
        const std::int64_t a_row = 2 * shape[1] * side * side;  // operations
        const std::int64_t rows = std::clamp<std::int64_t>(2'000'000'000 / a_row, 1, shape[0]);
        if (dtype == DType::f32) c.loop = naive<float>(x, kernel, rows);
        if (dtype == DType::f64) c.loop = naive<double>(x, kernel, rows);
        c.loop_scale = static_cast<double>(shape[0]) / static_cast<double>(rows);
        return c;
      });
  }
}

}  // namespace fovea::cli
