#include <algorithm>
#include <random>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {

void bench_random(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] : sized(request, {{{10'000'000}, DType::f64}, {{10'000'000}, DType::f32}}))
    for (const char* op : {"random_uniform", "random_normal"})
      emit([&, size = size, dtype = dtype] {
        const Shape shape{elements(size)};
        const double bytes = static_cast<double>(shape[0]) * static_cast<double>(size_of(dtype));
        const ops::Params params{{"shape", std::vector<double>{static_cast<double>(shape[0])}},
                                 {"dtype", std::string(name(dtype))}};
        Case c{"random",
               std::string(op) + " " + text_of(size),
               dtype,
               op_call(request.device, op, params, {}),
               bytes,
               "GB/s",
               {{Demand::Of::write, bytes, static_cast<std::int64_t>(bytes)}}};
        c.peers = peer_case(op, shape, dtype);
        if (dtype == DType::f64 && op == std::string("random_uniform"))
          c.loop = [out = Array::empty(shape, dtype)] {
            std::mt19937_64 engine(1);
            std::uniform_real_distribution<double> draw;
            for (double& v : out.span<double>()) v = draw(engine);
          };
        return c;
      });
}

void bench_sort(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] : sized(request, {{{1'000'000}, DType::f64}, {{1'000'000}, DType::i32}}))
    emit([&, size = size, dtype = dtype] {
      const Array x = random_array({elements(size)}, dtype);
      Case c{"sort",
             "sort " + text_of(size),
             dtype,
             op_call(request.device, "sort", {}, {x}),
             static_cast<double>(x.size()),
             "Gelem/s",
             {}};
      c.peers = peer_case("sort", x.shape(), dtype);
      if (dtype == DType::f64)
        c.loop = [x] {
          const Array copy = x.copy();
          const auto values = copy.span<double>();
          std::sort(values.begin(), values.end());
          keep(values[0]);
        };
      return c;
    });
}

}  // namespace fovea::cli
