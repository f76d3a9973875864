#include "expr/cuda/evaluate.h"

#include "device/cuda/module.h"
#include "device/keep_alive.h"
#include "expr/cuda/kernel.h"

namespace fovea {
namespace {

class CudaTarget final : public KernelTarget {
 public:
  explicit CudaTarget(const Stream& stream) : stream_(stream), memory_(device_memory(stream.device())) {}

  Array allocate(Shape shape, DType dtype) override { return Array::empty(std::move(shape), dtype, memory_, stream_); }

  void launch(const KernelLaunch& kernel) override {
    const auto module = load_module(stream_.device(), "expression\n" + kernel.body, [&] {
      // Products and sums are not contracted, so that results are the host's.
      return KernelText{kernel.text(), "", 0, {"--fmad=false"}};
    });
    LaunchShape shape;
    shape.grid[0] = static_cast<unsigned>(kernel.blocks);
    shape.block[0] = kernel_threads;
    void* parameters[] = {const_cast<std::uint64_t*>(kernel.operands.data())};
    fovea::launch(module->device(), module->function(kernel.entry), kernel.entry, shape, stream_, parameters);
  }

 private:
  const Stream& stream_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace

Array evaluated_on_cuda(const NodePointer& node, const Stream& stream) {
  CudaTarget target(stream);
  Array value;
  try {
    value = evaluated_by_kernels(node, target);
  } catch (...) {
    keep_alive(stream, node);  // for what was enqueued before
    throw;
  }
  keep_alive(stream, node);
  return value;
}

}  // namespace fovea
