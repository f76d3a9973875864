#include "ops/random_normal.h"

#include "fovea/random.h"

namespace fovea::ops::FOVEA_PASS {

template <class T, int N>
FOVEA_HD T series(const T (&coefficients)[N], T x) {
  T sum = coefficients[0];
  for (int k = 1; k < N; ++k) sum = sum * x + coefficients[k];
  return sum;
}

// sqrt(-2 ln u), 0 < u <= 1.
template <class T>
FOVEA_HD T radius(T u) {
  using C = NormalConstants<T>;
  using Bits = typename C::Bits;
  constexpr C constants{};
  constexpr Bits one = Bits{C::exponent_bias} << C::fraction_bits;
  const Bits shifted = std::bit_cast<Bits>(u) + (one - C::sqrt_half);
  const T exponent = static_cast<T>(static_cast<int>(shifted >> C::fraction_bits) - C::exponent_bias);
  const T m = std::bit_cast<T>(static_cast<Bits>((shifted & ((Bits{1} << C::fraction_bits) - 1)) + C::sqrt_half));
  const T f = m - 1, s = f / (f + 2), z = s * s, twice = s + s;
  const T tail = C::ln2_low * exponent + twice * z * series(constants.log, z);
  const T square = T{-2} * (C::ln2_high * exponent + (twice + tail));
  return square > 0 ? std::sqrt(square) : T{0};
}

template <class T>
struct Pair {
  T first, second;
};

// part: of a quadrant, in [-1/2, 1/2); quadrant: 0 to 3.
template <class T>
FOVEA_HD Pair<T> box_muller(T u, T part, unsigned quadrant) {
  using C = NormalConstants<T>;
  constexpr C constants{};
  const T r = radius(u), angle = part * C::half_pi, z = angle * angle;
  const T sine = angle + angle * z * series(constants.sin, z), cosine = T{1} + z * series(constants.cos, z);
  const T across = (quadrant & 1) != 0 ? sine : cosine, up = (quadrant & 1) != 0 ? cosine : sine;
  return {r * (((quadrant ^ quadrant >> 1) & 1) != 0 ? -across : across), r * ((quadrant & 2) != 0 ? -up : up)};
}

FOVEA_HD inline Pair<float> normals(std::uint32_t a, std::uint32_t b, float) {
  return box_muller(static_cast<float>(static_cast<std::int32_t>(a >> 1)) * 0x1p-31f + 0x1p-32f,
                    static_cast<float>(static_cast<std::int32_t>(b << 2)) * 0x1p-32f, b >> 30);
}
FOVEA_HD inline Pair<double> normals(std::uint64_t a, std::uint64_t b, double) {
  return box_muller(static_cast<double>(static_cast<std::int64_t>(a >> 11)) * 0x1p-53 + 0x1p-54,
                    static_cast<double>(static_cast<std::int64_t>(b << 2) >> 11) * 0x1p-53,
                    static_cast<unsigned>(b >> 62));
}

template <class T, int PerBlock>
struct NormalBody {
  Generator generator;
  T mean, std;
  std::uint64_t first;
  Index lead, size;
  T* out;

  FOVEA_HD void store(Index at, T value) const {
    if (at >= 0 && at < size) out[at] = mean + std * value;
  }
  FOVEA_HD void operator()(Index b) const {
    const Words4 words = generator.block(first + static_cast<std::uint64_t>(b));
    for (int k = 0; k < PerBlock; k += 2) {
      const Pair<T> pair = [&] {
        if constexpr (PerBlock == 4)
          return normals(words.w[k], words.w[k + 1], T{});
        else
          return normals(word64(words, 0), word64(words, 1), T{});
      }();
      store(b * PerBlock + k - lead, pair.first);
      store(b * PerBlock + k + 1 - lead, pair.second);
    }
  }
};

template <class T, int PerBlock>
void normal_as(const RandomNormal& p, Queue queue, const Array& out) {
  const BlockRange range{static_cast<std::uint64_t>(p.offset), out.size(), PerBlock};
  const Index extent[1] = {range.blocks()};
  for_each(queue, extent,
           NormalBody<T, PerBlock>{p.generator(), static_cast<T>(p.mean), static_cast<T>(p.std), range.first(),
                                   p.offset % PerBlock, out.size(), reinterpret_cast<T*>(out.data())});
}

void random_normal(const RandomNormal& p, Queue queue, std::span<const Array>, const Array& out) {
  if (out.dtype() == DType::f32)
    normal_as<float, 4>(p, queue, out);
  else
    normal_as<double, 2>(p, queue, out);
}

TensorSpec infer_random_normal(const void* params, std::span<const TensorSpec>) {
  const auto& p = *static_cast<const RandomNormal*>(params);
  require(p.std >= 0, "random_normal", "std: expected 0 or more, got " + std::to_string(p.std));
  const DType dtype = parse_dtype(p.dtype);
  require(dtype == DType::f64 ||
              (std::isfinite(static_cast<float>(p.mean)) && std::isfinite(static_cast<float>(p.std))),
          "random_normal", "expected a mean and std that f32 holds");
  return random_spec("random_normal", p, dtype);
}

void register_random_normal(Registry& r) {
  r.add_op<RandomNormal>({"random_normal", "random numbers, normally distributed", {}, infer_random_normal});
  r.add_row({"random_normal", pass_device, "portable", any_call, simple_kernel<RandomNormal, random_normal>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array random_normal(const Shape& shape, double mean, double std, DType dtype, const RandomSource& source) {
  return ops::apply("random_normal",
                    {{"shape", std::vector<double>(shape.begin(), shape.end())},
                     {"mean", mean},
                     {"std", std},
                     {"dtype", std::string(name(dtype))},
                     {"seed", static_cast<std::int64_t>(source.seed)},
                     {"stream", std::int64_t{source.stream}},
                     {"offset", source.offset}},
                    {});
}

}  // namespace fovea
#endif
