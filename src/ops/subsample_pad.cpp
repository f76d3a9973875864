#include "ops/activation_types.h"

namespace fovea::ops {

struct SubsamplePad {
  std::int64_t stride = 2, before = 0, after = 0;

  template <class F>
  void fields(F&& f) {
    f("stride", stride, "which rows and columns are kept: every stride-th", Range{1, 1024});
    f("before", before, "channels of zeros put first", Range{0, 1 << 20});
    f("after", after, "channels of zeros put last", Range{0, 1 << 20});
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

// The parameter-free shortcut ("option A") of He et al., Deep Residual Learning, 2015, section 3.3.
template <class T>
struct SubsamplePadBody {
  View<const T, 5> x;
  View<T, 5> y;
  Index channels, stride, before;

  FOVEA_HD void operator()(Index n, Index group, Index row, Index place) const {
    const Index column = place / y.extent[4], lane = place % y.extent[4];
    const Index c = group * y.extent[4] + lane - before, block = x.extent[4];
    const bool inside = c >= 0 && c < channels;
    y(n, group, row, column, lane) = inside ? x(n, c / block, row * stride, column * stride, c % block) : T(0);
  }
};

void subsample_pad(const SubsamplePad& p, Queue queue, std::span<const Array> in, const Array& out, Index channels) {
  with_activation_type(out.dtype(), [&]<class T>(T) {
    SubsamplePadBody<T> body{blocked_view<const T>(in[0]), blocked_view<T>(out), channels, p.stride, p.before};
    const Index extent[4] = {body.y.extent[0], body.y.extent[1], body.y.extent[2], body.y.extent[3] * body.y.extent[4]};
    for_each(queue, extent, body);
  });
}

std::unique_ptr<Kernel> prepare_subsample_pad(const Call& call) {
  struct Padded final : Kernel {
    void run(Queue queue, std::span<const Array> in, const Array& out) override {
      subsample_pad(params, queue, in, out, channels);
    }
    SubsamplePad params;
    Index channels = 0;  // a blocked input's padding is not a channel
  };
  auto kernel = std::make_unique<Padded>();
  kernel->params = call.as<SubsamplePad>();
  kernel->channels = call.inputs[0].shape[1];
  return kernel;
}

TensorSpec infer_subsample_pad(const void* params, std::span<const TensorSpec> in) {
  const SubsamplePad& p = *static_cast<const SubsamplePad*>(params);
  const Shape& x = in[0].shape;
  require(x.size() == 4, "subsample_pad", "expected x [n, c, h, w], got " + to_string(x));
  return {in[0].dtype,
          {x[0], x[1] + p.before + p.after, (x[2] + p.stride - 1) / p.stride, (x[3] + p.stride - 1) / p.stride}};
}

bool subsamples(const Call& call) {
  return is_activation_type(call.output.dtype);
}

// In networks of low precision, where a block of the input's channels would not be the output's.
bool last_in_and_out(const Call& call) {
  return call.weights && subsamples(call) && call.output.dtype != DType::f32 && channels_last(call.inputs[0]);
}

void register_subsample_pad(Registry& r) {
  r.add_op<SubsamplePad>(
      {"subsample_pad", "every stride-th pixel, with channels of zeros put around", {"x"}, infer_subsample_pad});
  r.add_row({"subsample_pad", pass_device, "portable", subsamples, prepare_subsample_pad});
  r.add_row({"subsample_pad", pass_device, "channels_last", last_in_and_out, prepare_subsample_pad, all_channels});
}

}  // namespace fovea::ops::FOVEA_PASS
