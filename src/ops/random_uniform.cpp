#include "ops/random_uniform.h"

#include "fovea/random.h"

namespace fovea::ops::FOVEA_PASS {

template <class T, int PerBlock>
struct UniformBody {
  Generator generator;
  UniformScale<T> scale;
  std::uint64_t first;
  Index lead, size;
  T* out;

  FOVEA_HD void operator()(Index b) const {
    const Words4 words = generator.block(first + static_cast<std::uint64_t>(b));
    for (int k = 0; k < PerBlock; ++k) {
      const Index at = b * PerBlock + k - lead;
      if (at < 0 || at >= size) continue;
      if constexpr (PerBlock == 4)
        out[at] = scale(static_cast<T>(words.w[k] >> 8) * T{0x1p-24});
      else
        out[at] = scale(static_cast<T>(word64(words, k) >> 11) * T{0x1p-53});
    }
  }
};

template <class T, int PerBlock>
void uniform_as(const RandomUniform& p, Queue queue, const Array& out) {
  const BlockRange range{static_cast<std::uint64_t>(p.offset), out.size(), PerBlock};
  const Index extent[1] = {range.blocks()};
  for_each(queue, extent,
           UniformBody<T, PerBlock>{p.generator(), uniform_scale<T>(p), range.first(), p.offset % PerBlock, out.size(),
                                    reinterpret_cast<T*>(out.data())});
}

void random_uniform(const RandomUniform& p, Queue queue, std::span<const Array>, const Array& out) {
  if (out.dtype() == DType::f32)
    uniform_as<float, 4>(p, queue, out);
  else
    uniform_as<double, 2>(p, queue, out);
}

TensorSpec infer_random_uniform(const void* params, std::span<const TensorSpec>) {
  const auto& p = *static_cast<const RandomUniform*>(params);
  const DType dtype = parse_dtype(p.dtype);
  const auto fits = [](auto low, auto high) { return low < high && std::isfinite(high - low) && std::isfinite(low); };
  require(dtype == DType::f32 ? fits(static_cast<float>(p.low), static_cast<float>(p.high)) : fits(p.low, p.high),
          "random_uniform",
          "expected low < high with a finite distance in " + p.dtype + ", got " + std::to_string(p.low) + " and " +
              std::to_string(p.high));
  return random_spec("random_uniform", p, dtype);
}

void register_random_uniform(Registry& r) {
  r.add_op<RandomUniform>({"random_uniform", "random numbers, uniform on [low, high)", {}, infer_random_uniform});
  r.add_row({"random_uniform", pass_device, "portable", any_call, simple_kernel<RandomUniform, random_uniform>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array random_uniform(const Shape& shape, double low, double high, DType dtype, const RandomSource& source) {
  return ops::apply("random_uniform",
                    {{"shape", std::vector<double>(shape.begin(), shape.end())},
                     {"low", low},
                     {"high", high},
                     {"dtype", std::string(name(dtype))},
                     {"seed", static_cast<std::int64_t>(source.seed)},
                     {"stream", std::int64_t{source.stream}},
                     {"offset", source.offset}},
                    {});
}

}  // namespace fovea
#endif
