#pragma once
#include "ops/cuda/channels_last.h"
#include "ops/cuda/conv2d_int8_tile.h"

namespace fovea::ops::FOVEA_PASS {

// Places are counted in 32 bits.
inline bool counts_in_32_bits(const TensorSpec& spec) {
  double elements = 1;
  for (const Index extent : stored_shape(spec)) elements *= static_cast<double>(extent);
  return elements > 0 && elements < 1073741824.0;
}

// conv2d_int8 of networks, in one group, all activations with their channels last and those of x in fours.
inline bool fits_tensor_cores(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  return call.weights && call.constants.size() > 1 && call.constants[1].size() > 0 && bytes_channels_last(call) &&
         call.as<Conv2dInt8>().groups == 1 && x.block % 4 == 0 && counts_in_32_bits(x) &&
         counts_in_32_bits(call.output) && counts_in_32_bits(call.inputs[1]);
}

// Weights [k, c, r, s] as rows of (r, s, channel), one an output channel: zeros from c on, behind each row and below.
struct WeightRows {
  View<const std::int8_t, 4> weight;
  View<std::int8_t, 2> rows;
  Index channels;
  FOVEA_HD void operator()(Index k, Index at) const {
    const Index c = at % channels, place = at / channels;
    const Index r = place / weight.extent[3], s = place % weight.extent[3];
    const bool inside = k < weight.extent[0] && c < weight.extent[1] && r < weight.extent[2];
    rows(k, at) = inside ? weight(k, c, r, s) : std::int8_t{0};
  }
};

inline Shape weight_rows_shape(const Shape& weight, Index channels) {
  using Tile = Int8Tile<std::uint8_t, 4>;
  const auto whole = [](Index count, Index parts) { return (count + parts - 1) / parts * parts; };
  return {whole(weight[0], Tile::columns_a_block), whole(weight[2] * weight[3] * channels, Tile::step_bytes)};
}

inline void put_weight_rows(Queue queue, const Array& weight, Index channels, const Array& to) {
  const WeightRows body{view<const std::int8_t, 4>(weight), view<std::int8_t, 2>(to), channels};
  for_each(queue, body.rows.extent, body);
}

class TensorCoreConvolution final : public Kernel {
 public:
  // Weights as put_weight_rows makes them, with x's stored channels.
  TensorCoreConvolution(const Call& call, Array weight_rows)
      : params_(call.as<Conv2dInt8>()),
        x_(call.inputs[0]),
        window_(call.inputs[1].shape),
        weight_rows_(std::move(weight_rows)) {}

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    const Int8Operands operands = operands_of(in, out);
    const bool long_chunks = operands.channels % 16 == 0;
    if (x_.dtype == DType::u8)
      long_chunks ? run_as<std::uint8_t, 16>(queue, operands) : run_as<std::uint8_t, 4>(queue, operands);
    else
      long_chunks ? run_as<std::int8_t, 16>(queue, operands) : run_as<std::int8_t, 4>(queue, operands);
  }

 private:
  template <class X, int chunk>
  static void run_as(Queue queue, const Int8Operands& operands) {
    const Int8Tile<X, chunk> tile(operands);
    for_blocks<Int8Tile<X, chunk>::lanes>(queue, tile.blocks(), tile);
  }

  Int8Operands operands_of(std::span<const Array> in, const Array& out) const {
    const auto bytes = [](const Array& array) { return reinterpret_cast<std::uint8_t*>(array.data()); };
    const auto floats = [](const Array& array) { return reinterpret_cast<const float*>(array.data()); };
    const auto extent = [](Index value) { return static_cast<int>(value); };
    const Shape& y = out.shape();  // [n, 1, rows, across, columns]
    const bool adds = in.size() > 4;
    return {.x = bytes(in[0]),
            .weight = bytes(weight_rows_),
            .residual = adds ? bytes(in[4]) : nullptr,
            .bias = floats(in[2]),
            .scale = floats(in[3]),
            .y = bytes(out),
            .height = extent(x_.shape[2]),
            .width = extent(x_.shape[3]),
            .channels = x_.block,
            .rows = extent(y[2]),
            .across = extent(y[3]),
            .window = extent(window_[2] * window_[3] * x_.block),
            .columns = extent(window_[0]),
            .pixels = extent(y[0] * y[2] * y[3]),
            .window_across = extent(window_[3]),
            .weight_row = extent(weight_rows_.shape()[1]),
            .stride = extent(params_.stride),
            .padding = extent(params_.padding),
            .dilation = extent(params_.dilation),
            .residual_signed = adds && in[4].dtype() == DType::i8,
            .requantized = Requantization(params_)};
  }

  Conv2dInt8 params_;
  TensorSpec x_;
  Shape window_;
  Array weight_rows_;
};

}  // namespace fovea::ops::FOVEA_PASS
