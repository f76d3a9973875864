#include "ops/activation_types.h"
#include "ops/conv2d_int8.h"
#include "ops/onednn/convolution.h"

namespace fovea::ops::cpu {
namespace {

std::unique_ptr<Kernel> prepare(const Call& call) {
  const Conv2dInt8& p = call.as<Conv2dInt8>();
  const int residual = call.inputs.size() > 4 ? 4 : -1;
  dnnl::primitive_attr attributes;
  const auto scale = call.constants[3].span<float>();
  attributes.set_output_scales(1 << 1, {scale.begin(), scale.end()});  // one a channel of y
  if (residual >= 0) {
    dnnl::post_ops after;
    after.append_sum(static_cast<float>(p.residual_scale), 0, onednn::data_type(call.inputs[4].dtype));
    attributes.set_post_ops(after);
  }
  const onednn::ConvolutionShape shape{p.stride, p.padding, p.dilation, p.groups};
  return std::make_unique<onednn::Convolution>(call, shape, attributes, residual);
}

bool supports(const Call& call) {
  return onednn::multiplies_int8() && onednn::knows_weights(call) && call.constants.size() > 3 &&
         call.constants[3].size() > 0 && channels_last(call.inputs[0]) &&
         (call.inputs.size() < 5 || channels_last(call.inputs[4]));
}

}  // namespace

void register_conv2d_int8_onednn(Registry& r) {
  r.add_row({"conv2d_int8", Device::Kind::cpu, "onednn", supports, prepare, all_channels});
}

}  // namespace fovea::ops::cpu
