#include <algorithm>
#include <vector>

#include "fovea/random.h"
#include "ops/op.h"
#include "ops/random/philox.h"

namespace fovea::ops {

struct Permutation {
  std::int64_t n = 1, seed = 0, stream = 0;

  template <class F>
  void fields(F&& f) {
    f("n", n, "how many", Range{0, 1099511627776.0});
    f("seed", seed, "the generator's key, all 64 bits");
    f("stream", stream, "which of the seed's independent streams", Range{0, 4294967295.0});
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

TensorSpec infer_permutation(const void* params, std::span<const TensorSpec>) {
  return {DType::i64, {static_cast<const Permutation*>(params)->n}};
}

#if !defined(__CUDACC__)
namespace {

constexpr Index small = 1 << 16;  // up to this shuffled in one piece
constexpr std::uint32_t bucket_domain = 0x80000000u;

// Fisher and Yates on items[begin, end). The draw of position i comes from the stream's 64-bit word i.
void shuffle(std::int64_t* items, Index begin, Index end, const Generator& generator) {
  Words4 block{};
  std::uint64_t held = ~std::uint64_t{0};
  for (Index i = end - 1; i > begin; --i) {
    const auto position = static_cast<std::uint64_t>(i);
    if (position / 2 != held) block = generator.block(held = position / 2);
    const std::uint64_t word = word64(block, static_cast<int>(position % 2));
    const auto range = static_cast<std::uint64_t>(i - begin + 1);
    // Lemire's test: the remainder is only computed when it may matter.
    std::uint64_t chosen = high_product(word, range);
    if (word * range < range) {
      const std::uint64_t threshold = (0 - range) % range;
      std::uint64_t w = word;
      for (std::uint32_t domain = 1; w * range < threshold; ++domain) w = word64(generator.block(position, domain), 0);
      chosen = high_product(w, range);
    }
    std::swap(items[i], items[begin + static_cast<Index>(chosen)]);
  }
}

// Rao, Sankhya 1961, and Sandelius, JRSS 1962: items go to buckets by random digits, then each bucket is shuffled by
// itself. Counting and placing go by fixed chunks, so the threads do not matter.
void shuffle_by_buckets(std::int64_t* out, Index n, const Generator& generator) {
  int bits = 1;
  while (bits < 10 && n >> (bits + 15) != 0) ++bits;
  const Index buckets = Index{1} << bits, chunk = 1 << 16, chunks = (n + chunk - 1) / chunk;
  const auto for_digits = [&](Index c, auto take) {
    const Index end = std::min(n, (c + 1) * chunk);
    for (Index i = c * chunk; i < end; i += 4) {
      const Words4 words = generator.block(static_cast<std::uint64_t>(i / 4), bucket_domain);
      for (int k = 0; k < 4 && i + k < end; ++k) take(i + k, words.w[k] >> (32 - bits));
    }
  };
  std::vector<Index> places(static_cast<std::size_t>(chunks * buckets));
  parallel_for(chunks, 1, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c)
      for_digits(c, [&](Index, std::uint32_t digit) { ++places[static_cast<std::size_t>(c * buckets + digit)]; });
  });
  std::vector<Index> starts(static_cast<std::size_t>(buckets) + 1);
  Index at = 0;
  for (Index b = 0; b < buckets; ++b) {
    starts[static_cast<std::size_t>(b)] = at;
    for (Index c = 0; c < chunks; ++c) {
      Index& place = places[static_cast<std::size_t>(c * buckets + b)];
      const Index count = place;
      place = at;
      at += count;
    }
  }
  starts.back() = at;
  parallel_for(chunks, 1, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c)
      for_digits(c, [&](Index i, std::uint32_t digit) {
        out[places[static_cast<std::size_t>(c * buckets + digit)]++] = i;
      });
  });
  parallel_for(buckets, 1, [&](Index begin, Index end) {
    for (Index b = begin; b < end; ++b)
      shuffle(out, starts[static_cast<std::size_t>(b)], starts[static_cast<std::size_t>(b) + 1], generator);
  });
}

void permutation(const Permutation& p, Queue, std::span<const Array>, const Array& out) {
  const auto seed = static_cast<std::uint64_t>(p.seed);
  const Generator generator{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                            static_cast<std::uint32_t>(p.stream)};
  auto* items = reinterpret_cast<std::int64_t*>(out.data());
  if (p.n > small) return shuffle_by_buckets(items, p.n, generator);
  for (Index i = 0; i < p.n; ++i) items[i] = i;
  shuffle(items, 0, p.n, generator);
}

}  // namespace
#endif

void register_permutation(Registry& r) {
  r.add_op<Permutation>({"permutation", "0...n-1 in random order", {}, infer_permutation});
#if !defined(__CUDACC__)
  r.add_row({"permutation", Device::Kind::cpu, "portable", any_call, simple_kernel<Permutation, permutation>});
#endif
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array permutation(std::int64_t n, const RandomSource& source) {
  ops::require(source.offset == 0, "permutation", "offset: expected 0, got " + std::to_string(source.offset));
  return ops::apply(
      "permutation",
      {{"n", n}, {"seed", static_cast<std::int64_t>(source.seed)}, {"stream", std::int64_t{source.stream}}}, {});
}

}  // namespace fovea
#endif
