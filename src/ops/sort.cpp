#include "fovea/sorting.h"
#include "ops/order/sort_lines.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void sort(const SortParams& p, Queue, std::span<const Array> in, const Array& out) {
  sort_array<StandardSorter>(p, in[0], out);
}

TensorSpec infer_sort(const void* params, std::span<const TensorSpec> in) {
  require_real("sort", in[0].dtype);
  lines_of("sort", in[0].shape, static_cast<const SortParams*>(params)->axis);
  return {in[0].dtype, in[0].shape};
}

}  // namespace

void register_sort(Registry& r) {
  r.add_op<SortParams>({"sort", "sorts along an axis, NaN last", {"x"}, infer_sort});
  r.add_row({"sort", Device::Kind::cpu, "portable", plain, simple_kernel<SortParams, sort>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array sort(const Array& array, int axis, bool descending) {
  return ops::apply("sort", {{"axis", std::int64_t{axis}}, {"descending", descending}}, {&array, 1});
}

}  // namespace fovea
#endif
