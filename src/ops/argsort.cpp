#include "fovea/sorting.h"
#include "ops/order/sort_lines.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void argsort(const SortParams& p, Queue, std::span<const Array> in, const Array& out) {
  argsort_array<StandardSorter>(p, in[0], out);
}

TensorSpec infer_argsort(const void* params, std::span<const TensorSpec> in) {
  require_real("argsort", in[0].dtype);
  lines_of("argsort", in[0].shape, static_cast<const SortParams*>(params)->axis);
  require(lines_of("argsort", in[0].shape, static_cast<const SortParams*>(params)->axis).count < Index{1} << 32,
          "argsort", "expected fewer than 2^32 elements along the axis");
  return {DType::i64, in[0].shape};
}

}  // namespace

void register_argsort(Registry& r) {
  r.add_op<SortParams>({"argsort", "indices that sort along an axis, the lower of equals first", {"x"}, infer_argsort});
  r.add_row({"argsort", Device::Kind::cpu, "portable", plain, simple_kernel<SortParams, argsort>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array argsort(const Array& array, int axis, bool descending) {
  return ops::apply("argsort", {{"axis", std::int64_t{axis}}, {"descending", descending}}, {&array, 1});
}

}  // namespace fovea
#endif
