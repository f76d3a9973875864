#include "fovea/sorting.h"
#include "ops/order/top.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

void topk(const TopParams& p, Queue, std::span<const Array> in, const Array& out) {
  for_top("topk", p, in[0], [&](Index at, const Candidate& c, auto key) {
    using K = decltype(key);
    reinterpret_cast<typename K::Raw*>(out.data())[at] = key.back(static_cast<typename K::Key>(c.key));
  });
}

TensorSpec infer_topk(const void* params, std::span<const TensorSpec> in) {
  return top_spec("topk", *static_cast<const TopParams*>(params), in[0], in[0].dtype);
}

}  // namespace

void register_topk(Registry& r) {
  r.add_op<TopParams>({"topk", "the k largest or smallest along an axis, in order", {"x"}, infer_topk});
  r.add_row({"topk", Device::Kind::cpu, "portable", plain, simple_kernel<TopParams, topk>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array topk(const Array& array, std::int64_t k, int axis, bool largest) {
  return ops::apply("topk", ops::top_params(k, axis, largest), {&array, 1});
}

}  // namespace fovea
#endif
