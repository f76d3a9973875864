#include "fovea/sorting.h"
#include "ops/order/top.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void argtopk(const TopParams& p, Queue, std::span<const Array> in, const Array& out) {
  for_top("argtopk", p, in[0],
          [&](Index at, const Candidate& c, auto) { reinterpret_cast<std::int64_t*>(out.data())[at] = c.index; });
}

TensorSpec infer_argtopk(const void* params, std::span<const TensorSpec> in) {
  return top_spec("argtopk", *static_cast<const TopParams*>(params), in[0], DType::i64);
}

}  // namespace

void register_argtopk(Registry& r) {
  r.add_op<TopParams>({"argtopk",
                       "indices of the k largest or smallest along an axis, the lower of equals first",
                       {"x"},
                       infer_argtopk});
  r.add_row({"argtopk", Device::Kind::cpu, "portable", plain, simple_kernel<TopParams, argtopk>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array argtopk(const Array& array, std::int64_t k, int axis, bool largest) {
  return ops::apply("argtopk", ops::top_params(k, axis, largest), {&array, 1});
}

}  // namespace fovea
#endif
