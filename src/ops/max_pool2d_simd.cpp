#include <algorithm>

#include "base/threads.h"
#include "ops/onednn.h"
#include "ops/pool2d.h"
#include "ops/pooling/max_planes.h"

namespace fovea::ops::cpu {
namespace {

class MaxPool2dSimd final : public Kernel {
 public:
  explicit MaxPool2dSimd(const Call& call) {
    const Shape &x = call.inputs[0].shape, &y = call.output.shape;
    const MaxPool2d& p = call.as<MaxPool2d>();
    const Index block = call.output.block;
    planes_ = {x[2],     x[3],      block,    x[2] * x[3] * block, y[2], y[3], y[2] * y[3] * block, p.size,
               p.stride, p.padding, p.padding};
    count_ = x[0] * ((x[1] + block - 1) / block);
  }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    const auto floats = [](const Array& array) { return reinterpret_cast<float*>(array.data()); };
    const Index threads = std::min<Index>(usable_threads(), count_);
    onednn::run_parts(static_cast<int>(threads), [&](int part) {
      pooling::max_planes(planes_, floats(inputs[0]), count_ * part / threads, count_ * (part + 1) / threads,
                          floats(output));
    });
  }

 private:
  pooling::Planes planes_{};
  Index count_ = 0;
};

bool supports(const Call& call) {
  return all_f32(call) && call.output.block > 1 && call.inputs[0].block == call.output.block &&
         pooling::takes_block(call.output.block) && call.output.shape[0] > 0;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<MaxPool2dSimd>(call);
}

}  // namespace

void register_max_pool2d_simd(Registry& r) {
  r.add_row({"max_pool2d", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
