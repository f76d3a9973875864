#include "fovea/sorting.h"
#include "ops/order/bins.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void histogram_bin_edges(const BinParams& p, Queue, std::span<const Array> in, const Array& out) {
  with_real(in[0].dtype(), [&](auto type) {
    using T = decltype(type);
    const Bins<T> bins("histogram_bin_edges", p, in[0]);
    std::copy(bins.edges.begin(), bins.edges.end(), reinterpret_cast<Edge<T>*>(out.data()));
  });
}

TensorSpec infer_histogram_bin_edges(const void* params, std::span<const TensorSpec> in) {
  const auto& p = *static_cast<const BinParams*>(params);
  check_bins("histogram_bin_edges", p, in[0].dtype);
  const bool single = is_floating(in[0].dtype) && in[0].dtype != DType::f64;
  return {single ? DType::f32 : DType::f64, {p.bins + 1}};
}

}  // namespace

void register_histogram_bin_edges(Registry& r) {
  r.add_op<BinParams>({"histogram_bin_edges", "edges of histogram's bins", {"x"}, infer_histogram_bin_edges});
  r.add_row(
      {"histogram_bin_edges", Device::Kind::cpu, "portable", plain, simple_kernel<BinParams, histogram_bin_edges>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array histogram_bin_edges(const Array& array, std::int64_t bins, HistogramRange range) {
  return ops::apply("histogram_bin_edges", ops::bin_params(bins, range), {&array, 1});
}

}  // namespace fovea
#endif
