#include <fmt/format.h>

#include <cmath>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {

void bench_fft(const Request& request, const Emit& emit) {
  constexpr std::int64_t small = 1000, large = 4096;
  std::vector<Sized> usual;
  for (const std::int64_t side : {small, large})
    for (const DType dtype : {DType::c64, DType::c128, DType::f32, DType::f64}) usual.push_back({{side, side}, dtype});
  for (const auto& [size, dtype] : sized(request, usual))
    emit([&, size = size, dtype = dtype] {
      const Shape shape = image_size(size);
      if (shape.size() != 2)
        throw Error(Errc::invalid_argument, fmt::format("bench: --size: expected N or MxN, got {}", text_of(size)));
      const Array x = random_array(shape, dtype);
      const bool real = !is_complex(dtype), single = dtype == DType::f32 || dtype == DType::c64;
      const std::string op = real ? "rfft2" : "fft2";
      const double count = static_cast<double>(x.size());
      const double flops = 5 * count * std::max(1.0, std::log2(count)) * (real ? 0.5 : 1);
      // Rows and columns: two passes that read and write everything.
      const double bytes = 4 * count * static_cast<double>(size_of(dtype));
      Case c{"fft",
             op + " " + text_of(shape),
             dtype,
             op_call(request.device, op, {}, {x}),
             flops,
             "GFLOP/s",
             {{Demand::Of::multiply_add, flops, 0, single ? DType::f32 : DType::f64},
              {Demand::Of::copy, bytes, static_cast<std::int64_t>(bytes / 2)}}};
      c.peers = peer_case(op, shape, dtype);
      return c;
    });
}

}  // namespace fovea::cli
