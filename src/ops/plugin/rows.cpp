#include "ops/plugin/rows.h"

#include <atomic>

#include "fovea/plugin.h"
#include "ops/plugin/call.h"
#include "ops/plugin/guarded_run.h"

namespace fovea::ops {
namespace {

std::atomic<bool> checking = false;

class PluginKernel final : public Kernel {
 public:
  PluginKernel(const PluginParams& params, Device::Kind device) : params_(params), device_(device) {}

  void run(Queue queue, std::span<const Array> inputs, const Array& output) override {
    std::vector<fovea_tensor> tensors;
    for (const Array& input : inputs) tensors.push_back(tensor_of(input));
    if (checking && device_ == Device::Kind::cpu)
      guarded_run(params_, tensors, tensor_of(output));
    else
      call_body(params_, device_, queue.stream, tensors, tensor_of(output));
  }

 private:
  PluginParams params_;
  Device::Kind device_;
};

std::unique_ptr<Kernel> prepare_cpu(const Call& call) {
  return std::make_unique<PluginKernel>(call.as<PluginParams>(), Device::Kind::cpu);
}

std::unique_ptr<Kernel> prepare_cuda(const Call& call) {
  const auto& params = call.as<PluginParams>();
  if (checking)
    throw Error(Errc::unsupported, std::string(params.op->name) +
                                       ": expected a run on the cpu, for a plug-in's CUDA body cannot be watched; run "
                                       "it under compute-sanitizer, without the checks");
  return std::make_unique<PluginKernel>(params, Device::Kind::cuda);
}

}  // namespace

void add_plugin_op(Registry& registry, Op op) {
  const auto& declared = *static_cast<const fovea_op*>(op.plugin);
  op.bind = bind_plugin;
  op.infer = infer_plugin;
  if (declared.run_cpu) registry.add_row({op.name, Device::Kind::cpu, "plugin", plain, prepare_cpu});
  if (declared.run_cuda) registry.add_row({op.name, Device::Kind::cuda, "plugin", plain, prepare_cuda});
  registry.add_op(std::move(op));
}

void set_plugin_checks(bool on) {
  checking = on;
}

}  // namespace fovea::ops
