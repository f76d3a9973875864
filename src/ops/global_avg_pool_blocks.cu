#include "ops/cuda/plane_mean.h"

// A block of lanes a channel, where the portable body takes one lane.
namespace fovea::ops::cuda {
namespace {

class BlockMeans final : public Kernel {
  void run(Queue queue, std::span<const Array> in, const Array& out) override { plane_means(queue, in[0], out); }
};

bool supports(const Call& call) {
  return is_activation_type(call.inputs[0].dtype);
}

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<BlockMeans>();
}

}  // namespace

void register_global_avg_pool_blocks(Registry& r) {
  r.add_row({"global_avg_pool", Device::Kind::cuda, "blocks", supports, prepare});
}

}  // namespace fovea::ops::cuda
