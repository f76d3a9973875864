#include "ops/activation_types.h"
#include "ops/conv2d.h"
#include "ops/onednn/convolution.h"

namespace fovea::ops::cpu {
namespace {

std::unique_ptr<Kernel> prepare(const Call& call) {
  const Conv2d& p = call.as<Conv2d>();
  const int residual = call.inputs.size() > 3 ? 3 : -1;
  dnnl::post_ops after;
  if (residual >= 0) after.append_sum(1.0f);
  if (p.activation == "relu6") after.append_eltwise(1.0f, dnnl::algorithm::eltwise_clip, 0.0f, 6.0f);
  if (p.activation == "relu") after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  const onednn::ConvolutionShape shape{p.stride, p.padding, p.dilation, p.groups};
  return std::make_unique<onednn::Convolution>(call, shape, attributes, residual);
}

bool supports(const Call& call) {
  return all_f32(call) && onednn::knows_weights(call) && onednn::takes(call.inputs[0]) && onednn::takes(call.output) &&
         (call.inputs.size() < 4 || onednn::takes(call.inputs[3]));
}

// Channels last, as AMX's kernels want them.
bool supports_bf16(const Call& call) {
  return call.output.dtype == DType::bf16 && onednn::multiplies_bf16() && onednn::knows_weights(call) &&
         channels_last(call.inputs[0]) && (call.inputs.size() < 4 || channels_last(call.inputs[3]));
}

}  // namespace

void register_conv2d_onednn(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cpu, "onednn", supports, prepare, onednn::channel_block});
  r.add_row({"conv2d", Device::Kind::cpu, "onednn_bf16", supports_bf16, prepare, all_channels});
}

}  // namespace fovea::ops::cpu
