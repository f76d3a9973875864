#include "ops/onednn/convolution.h"

#include <cstring>

namespace fovea::ops::onednn {
namespace {

using tag = dnnl::memory::format_tag;

dnnl::memory::dims grouped(const Shape& w, std::int64_t groups) {
  if (groups == 1) return {w.begin(), w.end()};
  return {groups, w[0] / groups, w[1], w[2], w[3]};
}

dnnl::convolution_forward::primitive_desc describe(const Call& call, const ConvolutionShape& shape,
                                                   const dnnl::primitive_attr& attributes) {
  const TensorSpec& weight = call.inputs[1];
  const dnnl::memory::desc weights(grouped(weight.shape, shape.groups), data_type(weight.dtype), tag::any);
  const dnnl::memory::desc bias({weight.shape[0]}, dnnl::memory::data_type::f32, tag::x);
  const dnnl::convolution_forward::desc description(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, descriptor(call.inputs[0]), weights,
      bias, descriptor(call.output), {shape.stride, shape.stride}, {shape.dilation - 1, shape.dilation - 1},
      {shape.padding, shape.padding}, {shape.padding, shape.padding});
  return {description, attributes, engine()};
}

Array pack(const Array& original, std::int64_t groups, const dnnl::memory::desc& packed) {
  const dnnl::memory::desc plain(grouped(original.shape(), groups), data_type(original.dtype()),
                                 groups > 1 ? tag::goihw : tag::oihw);
  Array storage = Array::empty({static_cast<std::int64_t>(packed.get_size())}, DType::u8);
  reorder(plain, original.data(), packed, storage.data());
  return storage;
}

}  // namespace

Convolution::Convolution(const Call& call, const ConvolutionShape& shape, const dnnl::primitive_attr& attributes,
                         int residual)
    : primitive_(describe(call, shape, attributes)), convolution_(primitive_), residual_(residual) {
  const dnnl::memory::desc packed = primitive_.weights_desc();
  const Array& original = call.constants[1];
  weights_ =
      call.weights->get(original.data(), layout_key(packed), [&] { return pack(original, shape.groups, packed); });
  bias_ = call.constants[2];
  arguments_ = {{DNNL_ARG_SRC, memory(primitive_.src_desc())},
                {DNNL_ARG_WEIGHTS, memory(packed, weights_.data())},
                {DNNL_ARG_BIAS, memory(primitive_.bias_desc(), bias_.data())},
                {DNNL_ARG_DST, memory(primitive_.dst_desc())}};
  if (residual_ < 0) return;
  const TensorSpec& added = call.inputs[static_cast<std::size_t>(residual_)];
  if (added.block != call.output.block) reblock_.emplace(engine(), descriptor(added), engine(), primitive_.dst_desc());
}

void Convolution::run(Queue, std::span<const Array> inputs, const Array& output) {
  const Array* residual = residual_ < 0 ? nullptr : &inputs[static_cast<std::size_t>(residual_)];
  if (reblock_) {
    dnnl::memory from = memory(reblock_->src_desc(), residual->data()),
                 to = memory(reblock_->dst_desc(), output.data());
    dnnl::reorder(*reblock_).execute(stream(), from, to);
  } else if (residual && residual->data() != output.data())
    std::memcpy(output.data(), residual->data(), primitive_.dst_desc().get_size());
  arguments_[DNNL_ARG_SRC].set_data_handle(inputs[0].data());
  arguments_[DNNL_ARG_DST].set_data_handle(output.data());
  convolution_.execute(stream(), arguments_);
}

bool knows_weights(const Call& call) {
  return call.weights && call.constants.size() > 2 && call.constants[1].size() > 0 && call.constants[2].size() > 0 &&
         call.output.shape[0] > 0;
}

}  // namespace fovea::ops::onednn
