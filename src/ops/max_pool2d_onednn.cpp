#include <dnnl.hpp>

#include "ops/activation_types.h"
#include "ops/onednn.h"
#include "ops/pool2d.h"

namespace fovea::ops::cpu {
namespace {

class MaxPool2dOneDnn final : public Kernel {
 public:
  explicit MaxPool2dOneDnn(const Call& call) {
    const MaxPool2d& p = call.as<MaxPool2d>();
    const dnnl::pooling_forward::desc description(dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max,
                                                  onednn::descriptor(call.inputs[0]), onednn::descriptor(call.output),
                                                  {p.stride, p.stride}, {p.size, p.size}, {p.padding, p.padding},
                                                  {p.padding, p.padding});
    const dnnl::pooling_forward::primitive_desc primitive(description, onednn::engine());
    pooling_ = dnnl::pooling_forward(primitive);
    arguments_ = {{DNNL_ARG_SRC, onednn::memory(primitive.src_desc())},
                  {DNNL_ARG_DST, onednn::memory(primitive.dst_desc())}};
  }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    arguments_[DNNL_ARG_SRC].set_data_handle(inputs[0].data());
    arguments_[DNNL_ARG_DST].set_data_handle(output.data());
    pooling_.execute(onednn::stream(), arguments_);
  }

 private:
  dnnl::pooling_forward pooling_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

bool supports(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  const bool low =
      x.dtype == DType::u8 || x.dtype == DType::i8 || (x.dtype == DType::bf16 && onednn::multiplies_bf16());
  return low && channels_last(x) && call.output.block == x.block && call.output.shape[0] > 0;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<MaxPool2dOneDnn>(call);
}

}  // namespace

void register_max_pool2d_onednn(Registry& r) {
  r.add_row({"max_pool2d", Device::Kind::cpu, "onednn", supports, prepare});
}

}  // namespace fovea::ops::cpu
