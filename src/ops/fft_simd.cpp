#include "ops/fft/job.h"

namespace fovea::ops::cpu {
namespace {

// The engine of fft/, for all transforms: it reads any types and strides.
template <class P, fourier::Kind K>
std::unique_ptr<Kernel> prepare(const Call& call) {
  struct Fast final : Kernel {
    explicit Fast(fourier::Job j) : job(std::move(j)) {}
    void run(Queue, std::span<const Array> in, const Array& out) override { transform_fast(job, in[0], out); }
    fourier::Job job;
  };
  return std::make_unique<Fast>(fourier::resolve(K, "fft", call.as<P>(), call.inputs[0]));
}

}  // namespace

void register_fft_simd(Registry& r) {
  using fourier::Kind, fourier::LineParams, fourier::PlaneParams;
  const auto add = [&](const char* op, std::unique_ptr<Kernel> (*make)(const Call&)) {
    r.add_row({op, Device::Kind::cpu, "simd", plain, make});
  };
  add("fft", prepare<LineParams, Kind::forward>);
  add("ifft", prepare<LineParams, Kind::inverse>);
  add("rfft", prepare<LineParams, Kind::real>);
  add("irfft", prepare<LineParams, Kind::hermitian>);
  add("fft2", prepare<PlaneParams, Kind::forward>);
  add("ifft2", prepare<PlaneParams, Kind::inverse>);
  add("rfft2", prepare<PlaneParams, Kind::real>);
  add("irfft2", prepare<PlaneParams, Kind::hermitian>);
}

}  // namespace fovea::ops::cpu
