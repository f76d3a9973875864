#include "fovea/sorting.h"
#include "ops/order/bins.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void histogram(const BinParams& p, Queue, std::span<const Array> in, const Array& out) {
  auto* total = reinterpret_cast<std::int64_t*>(out.data());
  std::fill_n(total, p.bins, std::int64_t{0});
  with_real(in[0].dtype(), [&](auto type) {
    using T = decltype(type);
    const Bins<T> bins("histogram", p, in[0]);
    const auto* x = reinterpret_cast<const T*>(in[0].data());
    std::mutex mutex;
    // Ranges hold more elements than bins, so the counts of all threads take less memory than the elements.
    parallel_for(in[0].size(), std::max<Index>(1 << 15, 4 * p.bins), [&](Index begin, Index end) {
      std::vector<std::int64_t> counts(static_cast<std::size_t>(p.bins));
      if (bins.wide)
        bins.template count<double>(x + begin, end - begin, counts.data());
      else
        bins.template count<float>(x + begin, end - begin, counts.data());
      const std::lock_guard lock(mutex);
      for (Index b = 0; b < p.bins; ++b) total[b] += counts[static_cast<std::size_t>(b)];
    });
  });
}

TensorSpec infer_histogram(const void* params, std::span<const TensorSpec> in) {
  const auto& p = *static_cast<const BinParams*>(params);
  check_bins("histogram", p, in[0].dtype);
  return {DType::i64, {p.bins}};
}

}  // namespace

void register_histogram(Registry& r) {
  r.add_op<BinParams>({"histogram", "counts of elements in bins of equal width", {"x"}, infer_histogram});
  r.add_row({"histogram", Device::Kind::cpu, "portable", plain, simple_kernel<BinParams, histogram>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array histogram(const Array& array, std::int64_t bins, HistogramRange range) {
  return ops::apply("histogram", ops::bin_params(bins, range), {&array, 1});
}

}  // namespace fovea
#endif
