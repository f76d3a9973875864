#include "ops/cuda/cufft.h"
#include "ops/cuda/hermitian_ends.h"
#include "ops/fft/direct.h"

// Transforms by cuFFT: of the last one to three axes, at their own lengths.
namespace fovea::ops::cuda {
namespace {

void check(cufftResult status, const char* what) {
  if (status == CUFFT_SUCCESS) return;
  const Errc code = status == CUFFT_ALLOC_FAILED ? Errc::device_memory : Errc::device;
  throw Error(code, std::string("fft: expected cuFFT to ") + what + ", got its status " + std::to_string(status));
}

template <class T>
struct ScaleBody {
  T* y;
  T factor;
  FOVEA_HD void operator()(Index n) const { y[n] *= factor; }
};

class Plan {
 public:
  Plan(const fourier::Job& job, Index batch, bool single) {
    using fourier::Kind;
    check(Cufft::get().create(&plan_), "make a plan");
    const cufftType type = job.kind == Kind::real        ? (single ? CUFFT_R2C : CUFFT_D2Z)
                           : job.kind == Kind::hermitian ? (single ? CUFFT_C2R : CUFFT_Z2D)
                                                         : (single ? CUFFT_C2C : CUFFT_Z2Z);
    long long n[3] = {};
    const int rank = static_cast<int>(job.lengths.size());
    for (int k = 0; k < rank; ++k) n[k] = job.lengths[static_cast<std::size_t>(k)];
    std::size_t work = 0;
    const cufftResult made = Cufft::get().plan_many(plan_, rank, n, nullptr, 1, 0, nullptr, 1, 0, type, batch, &work);
    if (made != CUFFT_SUCCESS) Cufft::get().destroy(plan_);
    check(made, "plan a transform");
  }
  ~Plan() { Cufft::get().destroy(plan_); }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  cufftHandle on(Queue queue) const {
    check(Cufft::get().set_stream(plan_, cuda_stream(queue)), "take a stream");
    return plan_;
  }

 private:
  cufftHandle plan_ = 0;
};

template <class T>
cufftResult execute(fourier::Kind kind, cufftHandle plan, void* x, void* y) {
  using fourier::Kind;
  const Cufft& f = Cufft::get();
  const int direction = kind == Kind::inverse ? CUFFT_INVERSE : CUFFT_FORWARD;
  if constexpr (std::is_same_v<T, float>) {
    auto* c = static_cast<cufftComplex*>(x);
    if (kind == Kind::real) return f.r2c(plan, static_cast<float*>(x), static_cast<cufftComplex*>(y));
    if (kind == Kind::hermitian) return f.c2r(plan, c, static_cast<float*>(y));
    return f.c2c(plan, c, static_cast<cufftComplex*>(y), direction);
  } else {
    auto* z = static_cast<cufftDoubleComplex*>(x);
    if (kind == Kind::real) return f.d2z(plan, static_cast<double*>(x), static_cast<cufftDoubleComplex*>(y));
    if (kind == Kind::hermitian) return f.z2d(plan, z, static_cast<double*>(y));
    return f.z2z(plan, z, static_cast<cufftDoubleComplex*>(y), direction);
  }
}

class CufftKernel final : public Kernel {
 public:
  CufftKernel(fourier::Job job, Index batch)
      : job_(std::move(job)), batch_(batch), plan_(job_, batch, of_f32(job_.output.dtype)) {}

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    of_f32(out.dtype()) ? run_as<float>(queue, in[0], out) : run_as<double>(queue, in[0], out);
  }

 private:
  template <class T>
  void run_as(Queue queue, const Array& in, const Array& out) const {
    constexpr bool single = std::is_same_v<T, float>;
    if (job_.kind == fourier::Kind::real) {
      const Readable<T> x(queue, in, single ? DType::f32 : DType::f64, 16);
      transform<T>(queue, x.array().data(), out);
    } else if (job_.kind == fourier::Kind::hermitian) {  // in a copy, for cuFFT writes to its input there
      const Scratch<Pair<T>> copy(queue, in.size());
      const Index all[1] = {in.size()};
      for_each(queue, all, ReadBody<Pair<T>>{in.data(), in.dtype(), strided(in, "fft"), copy.data()});
      make_ends_hermitian(queue, copy.data(), batch_, job_.lengths);
      transform<T>(queue, copy.data(), out);
    } else {
      const Readable<Pair<T>> x(queue, in, single ? DType::c64 : DType::c128, 16);
      transform<T>(queue, x.array().data(), out);
    }
  }

  template <class T>
  void transform(Queue queue, void* x, const Array& out) const {
    check(execute<T>(job_.kind, plan_.on(queue), x, out.data()), "transform");
    const Index numbers[1] = {is_complex(out.dtype()) ? 2 * out.size() : out.size()};
    if (job_.scale != 1)
      for_each(queue, numbers, ScaleBody<T>{reinterpret_cast<T*>(out.data()), static_cast<T>(job_.scale)});
  }

  fourier::Job job_;
  Index batch_;
  Plan plan_;
};

template <class P, fourier::Kind K>
fourier::Job job_of(const Call& call) {
  return fourier::resolve(K, "fft", call.as<P>(), call.inputs[0]);
}

template <class P, fourier::Kind K>
bool supports(const Call& call) {
  if (!transforms(call) || !Cufft::get().usable) return false;
  const fourier::Job job = job_of<P, K>(call);
  const Shape& in = call.inputs[0].shape;
  const std::size_t rank = job.axes.size();
  constexpr bool back = K == fourier::Kind::hermitian;
  if (rank > 3) return false;
  for (std::size_t k = 0; k < rank; ++k) {
    const std::size_t axis = in.size() - rank + k;
    const bool half = back && k + 1 == rank;
    const Index n = half ? fourier::half_length(job.lengths[k]) : job.lengths[k];
    if (static_cast<std::size_t>(job.axes[k]) != axis || in[axis] != n) return false;
  }
  for (const Index extent : call.output.shape)
    if (extent == 0) return false;
  return true;
}

template <class P, fourier::Kind K>
std::unique_ptr<Kernel> prepare(const Call& call) {
  fourier::Job job = job_of<P, K>(call);
  Index batch = 1;
  for (std::size_t k = 0; k + job.axes.size() < call.inputs[0].shape.size(); ++k) batch *= call.inputs[0].shape[k];
  return std::make_unique<CufftKernel>(std::move(job), batch);
}

template <class P, fourier::Kind K>
void add(Registry& r, std::string_view op) {
  r.add_row({op, Device::Kind::cuda, "cufft", supports<P, K>, prepare<P, K>});
}

}  // namespace

void register_fft_cufft(Registry& r) {
  using fourier::Kind, fourier::LineParams, fourier::PlaneParams;
  add<LineParams, Kind::forward>(r, "fft");
  add<LineParams, Kind::inverse>(r, "ifft");
  add<LineParams, Kind::real>(r, "rfft");
  add<LineParams, Kind::hermitian>(r, "irfft");
  add<PlaneParams, Kind::forward>(r, "fft2");
  add<PlaneParams, Kind::inverse>(r, "ifft2");
  add<PlaneParams, Kind::real>(r, "rfft2");
  add<PlaneParams, Kind::hermitian>(r, "irfft2");
}

}  // namespace fovea::ops::cuda
