#include "ops/prepare_image.h"

#if defined(__x86_64__)
#include "ops/prepare/row_feed.h"
#include "ops/prepare/vnni.h"

// prepare_image four rows at a time by products of bytes: the portable body's integers, and so its bits.
namespace fovea::ops::cpu {
namespace {

class BytePlan final : public RowPlan {
 public:
  BytePlan(const PrepareImage& p, const Taps& rows, const Taps& columns, Index pixel_bytes, Index row_pixels)
      : crop_(p.crop),
        pitch_(vnni::pitch(p.crop)),
        across_(columns, pixel_bytes),
        down_(rows),
        normalization_(normalizations(p.mean, p.std)) {
    for (Normalization& n : normalization_) n.exact = vnni::normalizes(n);
    window = support(rows, columns);
    channels = pixel_bytes;
    width = row_pixels;
    block_rows = vnni::block_rows;
    reach = across_.reach;
  }

  void block(RowState& state, const BlockRows& rows, Index first) const override {
    const Index words = channels * pitch_, block = first / block_rows;
    auto* ring = reinterpret_cast<std::uint32_t*>(state.ring.get(down_.ring * words * Index{sizeof(std::uint32_t)}));
    vnni::across(across_, rows, ring + (block & (down_.ring - 1)) * words, pitch_);
    const vnni::DownCall call{down_, normalization_, ring, words, pitch_, crop_};
    for (; state.next < crop_ && down_.places[static_cast<std::size_t>(state.next)].last <= block; ++state.next)
      vnni::down(call, state.next, state.out + state.next * crop_);
  }

 private:
  Index crop_, pitch_;
  AcrossTaps across_;
  DownTaps down_;
  std::vector<Normalization> normalization_;
};

bool supports(const Call& call) {
  static const bool instructions = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                   __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
                                   __builtin_cpu_supports("avx512vnni");
  const Index channels = call.inputs[0].shape[2];
  return instructions && (channels == 1 || channels == 3 || channels == 4);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  const PrepareImage& p = call.as<PrepareImage>();
  const Shape& in = call.inputs[0].shape;
  const PrepareGeometry at(p, in[0], in[1]);
  return std::make_unique<RowFedKernel>(
      std::make_unique<BytePlan>(p, make_taps(in[0], at.height, at.top, p.crop, p.filter),
                                 make_taps(in[1], at.width, at.left, p.crop, p.filter), in[2], in[1]));
}

}  // namespace

void register_prepare_image_vnni(Registry& r) {
  r.add_row({"prepare_image", Device::Kind::cpu, "vnni", supports, prepare, nullptr, 1});
}

}  // namespace fovea::ops::cpu
#else
namespace fovea::ops::cpu {
void register_prepare_image_vnni(Registry&) {}
}  // namespace fovea::ops::cpu
#endif
