#include <cstring>
#include <dnnl.hpp>

#include "ops/conv2d.h"
#include "ops/onednn.h"

namespace fovea::ops::cpu {
namespace {

using onednn::descriptor;
using onednn::engine;
using tag = dnnl::memory::format_tag;

class Conv2dOneDnn final : public Kernel {
 public:
  explicit Conv2dOneDnn(const Call& call) : primitive_(describe(call)), residual_(call.inputs.size() > 3) {
    const Conv2d& p = call.as<Conv2d>();
    const dnnl::memory::desc packed = primitive_.weights_desc();
    const Array& original = call.constants[1];
    weights_ =
        call.weights->get(original.data(), onednn::layout_key(packed), [&] { return pack(original, p, packed); });
    bias_ = call.constants[2];
    convolution_ = dnnl::convolution_forward(primitive_);
    arguments_ = {{DNNL_ARG_SRC, onednn::memory(primitive_.src_desc())},
                  {DNNL_ARG_WEIGHTS, onednn::memory(packed, weights_.data())},
                  {DNNL_ARG_BIAS, onednn::memory(primitive_.bias_desc(), bias_.data())},
                  {DNNL_ARG_DST, onednn::memory(primitive_.dst_desc())}};
  }

  int in_place() const override { return residual_ ? 3 : -1; }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    if (residual_ && inputs[3].data() != output.data())
      std::memcpy(output.data(), inputs[3].data(), primitive_.dst_desc().get_size());
    arguments_[DNNL_ARG_SRC].set_data_handle(inputs[0].data());
    arguments_[DNNL_ARG_DST].set_data_handle(output.data());
    convolution_.execute(onednn::stream(), arguments_);
  }

 private:
  static dnnl::convolution_forward::primitive_desc describe(const Call& call) {
    const Conv2d& p = call.as<Conv2d>();
    const Shape& w = call.inputs[1].shape;
    const dnnl::memory::dims grouped{p.groups, w[0] / p.groups, w[1], w[2], w[3]}, plain(w.begin(), w.end());
    const dnnl::memory::desc weights(p.groups > 1 ? grouped : plain, dnnl::memory::data_type::f32, tag::any);
    const dnnl::memory::desc bias({w[0]}, dnnl::memory::data_type::f32, tag::x);
    dnnl::post_ops after;
    if (call.inputs.size() > 3) after.append_sum(1.0f);
    if (p.activation == "relu6") after.append_eltwise(1.0f, dnnl::algorithm::eltwise_clip, 0.0f, 6.0f);
    if (p.activation == "relu") after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const dnnl::convolution_forward::desc description(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, descriptor(call.inputs[0]), weights,
        bias, descriptor(call.output), {p.stride, p.stride}, {p.dilation - 1, p.dilation - 1}, {p.padding, p.padding},
        {p.padding, p.padding});
    return {description, attributes, engine()};
  }

  static Array pack(const Array& original, const Conv2d& p, const dnnl::memory::desc& packed) {
    const Shape& w = original.shape();
    const dnnl::memory::desc plain =
        p.groups > 1 ? dnnl::memory::desc({p.groups, w[0] / p.groups, w[1], w[2], w[3]}, dnnl::memory::data_type::f32,
                                          tag::goihw)
                     : dnnl::memory::desc({w[0], w[1], w[2], w[3]}, dnnl::memory::data_type::f32, tag::oihw);
    Array storage = Array::empty({static_cast<std::int64_t>(packed.get_size())}, DType::u8);
    onednn::reorder(plain, original.data(), packed, storage.data());
    return storage;
  }

  dnnl::convolution_forward::primitive_desc primitive_;
  dnnl::convolution_forward convolution_;
  std::unordered_map<int, dnnl::memory> arguments_;
  Array weights_, bias_;
  bool residual_;
};

bool supports(const Call& call) {
  // Weights are packed when the kernel is made, so they must be known then.
  return all_f32(call) && call.weights && call.constants.size() > 2 && call.constants[1].size() > 0 &&
         call.constants[2].size() > 0 && call.output.shape[0] > 0 && onednn::takes(call.inputs[0]) &&
         onednn::takes(call.output);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<Conv2dOneDnn>(call);
}

}  // namespace

void register_conv2d_onednn(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cpu, "onednn", supports, prepare, onednn::channel_block});
}

}  // namespace fovea::ops::cpu
