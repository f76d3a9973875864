#include <fmt/format.h>

#include <algorithm>

#include "bench/case.h"
#include "fovea/ops.h"

namespace fovea::cli {

void bench_resize(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] : sized(request, {{{3000, 4000, 3}, DType::u8}, {{3000, 4000, 3}, DType::f32}})) {
    Shape shape = image_size(size);
    if (shape.size() == 2) shape.push_back(3);
    const Array x = random_array(shape, dtype);
    const Shape to{std::max<std::int64_t>(1, shape[0] / 4), std::max<std::int64_t>(1, shape[1] / 4), shape[2]};
    for (const char* filter : {"bilinear", "bicubic", "lanczos"})
      emit([&, dtype = dtype] {
        const double bytes = static_cast<double>(x.size() + elements(to)) * static_cast<double>(size_of(dtype));
        const ops::Params params{{"height", to[0]}, {"width", to[1]}, {"filter", std::string(filter)}};
        Case c{"resize",
               fmt::format("{} {} to {}x{}", filter, text_of(shape), to[0], to[1]),
               dtype,
               op_call(request.device, "resize", params, {x}),
               bytes,
               "GB/s",
               {{Demand::Of::read, bytes, static_cast<std::int64_t>(bytes)}}};
        c.peers = peer_case("resize", shape, dtype);
        c.peers["to"] = {to[0], to[1]};
        c.peers["filter"] = filter;
        return c;
      });
  }
}

}  // namespace fovea::cli
