#include "ops/cuda/box_tile.h"

// Box filters of small windows from tiles in shared memory.
namespace fovea::ops::cuda {
namespace {

void box_filter_tiled(const BoxFilter& p, Queue queue, std::span<const Array> in, const Array& out) {
  switch (in[0].dtype()) {
    case DType::u8:
      return box_tiled<std::uint8_t>(p, queue, in[0], out);
    case DType::u16:
      return box_tiled<std::uint16_t>(p, queue, in[0], out);
    case DType::i16:
      return box_tiled<std::int16_t>(p, queue, in[0], out);
    case DType::i32:
      return box_tiled<std::int32_t>(p, queue, in[0], out);
    case DType::f32:
      return box_tiled<float>(p, queue, in[0], out);
    default:
      return box_tiled<double>(p, queue, in[0], out);
  }
}

bool supports(const Call& call) {
  return plain(call) && box_type(call.inputs[0].dtype) && box_fits_tile(call);
}

}  // namespace

void register_box_filter_tiled(Registry& r) {
  r.add_row({"box_filter", Device::Kind::cuda, "tiled", supports, simple_kernel<BoxFilter, box_filter_tiled>});
}

}  // namespace fovea::ops::cuda
