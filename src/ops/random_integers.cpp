#include "ops/random_integers.h"

#include <limits>

#include "fovea/random.h"

namespace fovea::ops::FOVEA_PASS {

template <class T, int PerBlock>
struct IntegersBody {
  Bounded bounded;
  std::int64_t low;
  std::uint64_t first;
  Index lead, size;
  T* out;

  FOVEA_HD void operator()(Index b) const {
    const std::uint64_t block = first + static_cast<std::uint64_t>(b);
    const Words4 words = bounded.generator.block(block);
    for (int k = 0; k < PerBlock; ++k) {
      const Index at = b * PerBlock + k - lead;
      if (at < 0 || at >= size) continue;
      const std::uint64_t word = PerBlock == 4 ? words.w[k] : word64(words, k & 1);
      out[at] = integer_from<T>(low, bounded.draw(word, block * PerBlock + static_cast<unsigned>(k)));
    }
  }
};

template <class T, int PerBlock>
void integers_as(const RandomIntegers& p, Queue queue, const Array& out) {
  const BlockRange range{static_cast<std::uint64_t>(p.offset), out.size(), PerBlock};
  const Index extent[1] = {range.blocks()};
  for_each(queue, extent,
           IntegersBody<T, PerBlock>{p.bounded(), p.low, range.first(), p.offset % PerBlock, out.size(),
                                     reinterpret_cast<T*>(out.data())});
}

struct IntegersRun {
  const RandomIntegers& p;
  Queue queue;
  const Array& out;

  template <class T>
  void operator()(T) const {
    if (p.bounded().one_word())
      integers_as<T, 4>(p, queue, out);
    else
      integers_as<T, 2>(p, queue, out);
  }
};

void random_integers(const RandomIntegers& p, Queue queue, std::span<const Array>, const Array& out) {
  with_integer_type(out.dtype(), IntegersRun{p, queue, out});
}

struct IntegersLimits {
  std::int64_t &least, &greatest;
  template <class T>
  void operator()(T) const {
    least = std::numeric_limits<T>::min(), greatest = std::numeric_limits<T>::max();
  }
};

TensorSpec infer_random_integers(const void* params, std::span<const TensorSpec>) {
  const auto& p = *static_cast<const RandomIntegers*>(params);
  const DType dtype = parse_dtype(p.dtype);
  require(p.low < p.high, "random_integers",
          "expected low < high, got " + std::to_string(p.low) + " and " + std::to_string(p.high));
  std::int64_t least = 0, greatest = 0;
  with_integer_type(dtype, IntegersLimits{least, greatest});
  require(p.low >= least && p.high - 1 <= greatest, "random_integers",
          "expected a range that " + p.dtype + " holds, got " + std::to_string(p.low) + " to " +
              std::to_string(p.high - 1));
  return random_spec("random_integers", p, dtype);
}

void register_random_integers(Registry& r) {
  r.add_op<RandomIntegers>(
      {"random_integers", "random whole numbers, uniform on [low, high)", {}, infer_random_integers});
  r.add_row({"random_integers", pass_device, "portable", any_call, simple_kernel<RandomIntegers, random_integers>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype,
                      const RandomSource& source) {
  return ops::apply("random_integers",
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
