// Rows for CUDA that run the portable bodies of the CPU as kernels of the fake driver, whose device memory is the
// host's, and those of int8 networks that run the bodies of the tuned rows.
#include <array>
#include <deque>
#include <utility>

#include "device/cuda/driver_functions.h"
#include "ops/cuda/conv2d_int8_direct.h"
#include "ops/cuda/conv2d_int8_tensor_cores.h"
#include "ops/cuda/quantize_padded.h"
#include "ops/cuda_plugin.h"
#include "support/fake_cuda/fake_cuda.h"

extern "C" {
fovea::cuda::CUresult cuModuleLoadDataEx(fovea::cuda::CUmodule*, const void*, unsigned, unsigned*, void**);
fovea::cuda::CUresult cuModuleGetFunction(fovea::cuda::CUfunction*, fovea::cuda::CUmodule, const char*);
fovea::cuda::CUresult cuLaunchKernel(fovea::cuda::CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned,
                                     unsigned, unsigned, fovea::cuda::CUstream, void**, void**);
}

namespace fovea::ops {
namespace {

struct Job {
  Kernel* kernel;
  std::vector<Array> inputs;
  Array output;
};

void run_job(void** parameters, const unsigned*, const unsigned*) {
  const Job& job = **static_cast<Job**>(parameters[0]);
  job.kernel->run(Queue{}, job.inputs, job.output);
}

cuda::CUfunction function() {
  static const cuda::CUfunction found = [] {
    const std::size_t size = sizeof(Job*);
    fake_cuda_register_kernel("run_job", run_job, &size, 1);
    cuda::CUmodule module = nullptr;
    cuda::CUfunction result = nullptr;
    if (cuModuleLoadDataEx(&module, "", 0, nullptr, nullptr) != cuda::CUDA_SUCCESS ||
        cuModuleGetFunction(&result, module, "run_job") != cuda::CUDA_SUCCESS)
      throw Error(Errc::device, "host rows: expected a kernel of the fake driver, got none");
    return result;
  }();
  return found;
}

// Jobs live as long as the kernel: recorded ones run again.
class OnStream final : public Kernel {
 public:
  explicit OnStream(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
  int in_place() const override { return kernel_->in_place(); }
  void run(Queue queue, std::span<const Array> inputs, const Array& output) override {
    Job* job = &jobs_.emplace_back(Job{kernel_.get(), {inputs.begin(), inputs.end()}, output});
    void* parameters[] = {&job};
    const cuda::CUresult status =
        cuLaunchKernel(function(), 1, 1, 1, 1, 1, 1, 0, static_cast<cuda::CUstream>(queue.stream), parameters, nullptr);
    if (status == cuda::CUDA_ERROR_OUT_OF_MEMORY)
      throw Error(Errc::device_memory, "host rows: the launch found no memory");
    if (status != cuda::CUDA_SUCCESS)
      throw Error(Errc::device_lost, "host rows: the launch gave " + std::to_string(status));
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::deque<Job> jobs_;
};

using Prepare = std::unique_ptr<Kernel> (*)(const Call&);
std::array<Prepare, 128> prepares;

template <std::size_t N>
std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<OnStream>(prepares[N](call));
}

template <std::size_t... N>
constexpr std::array<Prepare, sizeof...(N)> wrappers(std::index_sequence<N...>) {
  return {prepare<N>...};
}

std::unique_ptr<Kernel> prepare_tensor_cores(const Call& call) {
  const Array& weight = call.constants[1];
  const Array rows = Array::empty(cpu::weight_rows_shape(weight.shape(), call.inputs[0].block), DType::i8);
  cpu::put_weight_rows(Queue{}, weight, call.inputs[0].block, rows);
  return std::make_unique<cpu::TensorCoreConvolution>(call, rows);
}

void register_rows(Registry& registry) {
  constexpr auto wrapped = wrappers(std::make_index_sequence<prepares.size()>());
  const std::vector<Row> rows = registry.rows();
  std::size_t next = 0;
  const auto add = [&](Row row) {
    prepares.at(next) = row.prepare;
    row.device = Device::Kind::cuda;
    row.prepare = wrapped.at(next++);
    registry.add_row(row);
  };
  for (const Row& row : rows)
    if (row.device == Device::Kind::cpu && (row.variant == "portable" || row.variant == "channels_last")) add(row);
  constexpr auto cuda = Device::Kind::cuda;
  add({"quantize", cuda, "padded", cpu::quantizes_padded, simple_kernel<Quantize, cpu::quantize_padded>,
       cpu::padded_picture_block});
  add({"conv2d_int8", cuda, "tensor_cores", cpu::fits_tensor_cores, prepare_tensor_cores, all_channels});
  add({"conv2d_int8", cuda, "direct", cpu::bytes_channels_last, simple_kernel<Conv2dInt8, cpu::convolve_bytes_directly>,
       all_channels, -1});
}

}  // namespace
}  // namespace fovea::ops

extern "C" const fovea::ops::CudaPlugin* fovea_cuda_plugin() {
  static const fovea::ops::CudaPlugin plugin{fovea::ops::cuda_plugin_build, fovea::ops::register_rows,
                                             [] { return "the host"; }};
  return &plugin;
}
