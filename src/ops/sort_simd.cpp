#include "ops/order/vqsort.h"

namespace fovea::ops::cpu {
namespace {

void sort_simd(const SortParams& p, Queue, std::span<const Array> in, const Array& out) {
  sort_array<VectorSorter>(p, in[0], out);
}

}  // namespace

void register_sort_simd(Registry& r) {
  r.add_row({"sort", Device::Kind::cpu, "simd", vector_sortable, simple_kernel<SortParams, sort_simd>});
}

}  // namespace fovea::ops::cpu
