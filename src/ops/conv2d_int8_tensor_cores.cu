#include "ops/cuda/conv2d_int8_tensor_cores.h"
#include "ops/cuda/weights_on_device.h"

// Products of u8 and i8 with sums in i32 by mma.sync, and what follows in the same kernel, with the portable bits.
// cuDNN's engines for tensor cores take i8 alone, and what is behind a ReLU is u8.
namespace fovea::ops::cuda {
namespace {

std::unique_ptr<Kernel> prepare(const Call& call) {
  const Array& weight = call.constants[1];
  const Index channels = call.inputs[0].block;
  Array rows = call.weights->get(weight.data(), "rows of channels last " + std::to_string(channels), [&] {
    return made_on_device(weight_rows_shape(weight.shape(), channels), DType::i8, weight.device(),
                          [&](const Array& made) { put_weight_rows(Queue{}, weight, channels, made); });
  });
  return std::make_unique<TensorCoreConvolution>(call, std::move(rows));
}

}  // namespace

void register_conv2d_int8_tensor_cores(Registry& r) {
  r.add_row({"conv2d_int8", Device::Kind::cuda, "tensor_cores", fits_tensor_cores, prepare, all_channels});
}

}  // namespace fovea::ops::cuda
