#include "ops/order/vqsort.h"

namespace fovea::ops::cpu {
namespace {

void argsort_simd(const SortParams& p, Queue, std::span<const Array> in, const Array& out) {
  argsort_array<VectorSorter>(p, in[0], out);
}

}  // namespace

void register_argsort_simd(Registry& r) {
  r.add_row({"argsort", Device::Kind::cpu, "simd", vector_sortable, simple_kernel<SortParams, argsort_simd>});
}

}  // namespace fovea::ops::cpu
