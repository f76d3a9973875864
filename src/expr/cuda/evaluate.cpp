#include "expr/cuda/evaluate.h"

#include "array/keep.h"
#include "device/cuda/module.h"
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

void add_arrays(const Expr::Node& node, std::map<const Expr::Node*, Array>& arrays) {
  if (!arrays.try_emplace(&node, node.array).second) return;
  for (const NodePointer& operand : node.operands) add_arrays(*operand, arrays);
}

}  // namespace

Array evaluated_on_cuda(const NodePointer& node, const Stream& stream) {
  CudaTarget target(stream);
  const Array value = evaluated_by_kernels(node, target);
  std::map<const Expr::Node*, Array> by_node;
  add_arrays(*node, by_node);
  std::vector<Array> operands;
  for (const auto& [owner, array] : by_node)
    if (array.data() != nullptr) operands.push_back(array);
  keep(std::move(operands), stream);
  return value;
}

}  // namespace fovea
