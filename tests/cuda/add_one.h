#pragma once
#include <array>
#include <cstddef>

#include "device/cuda/device.h"
#include "fovea/device.h"
#include "support/fake_cuda/fake_cuda.h"

namespace fovea::test {

// A kernel on cuda:0 that adds 1 to each of four integers.
class AddOne {
 public:
  AddOne() {
    const std::array sizes{sizeof(void*)};
    fake_cuda_register_kernel("add_one", run, sizes.data(), sizes.size());
    auto& device = cuda_backend(0);
    device.run(&CudaFunctions::cuModuleLoadDataEx, &module_, static_cast<const void*>("image"), 0u,
               static_cast<unsigned*>(nullptr), static_cast<void**>(nullptr));
    device.run(&CudaFunctions::cuModuleGetFunction, &function_, module_, "add_one");
  }
  ~AddOne() { cuda_backend(0).release(&CudaFunctions::cuModuleUnload, module_); }
  AddOne(const AddOne&) = delete;
  AddOne& operator=(const AddOne&) = delete;
  void launch(const Stream& stream, std::byte* values) const {
    std::array<void*, 1> parameters{&values};
    cuda_backend(0).run(&CudaFunctions::cuLaunchKernel, function_, 2u, 1u, 1u, 2u, 1u, 1u, 0u,
                        static_cast<cuda::CUstream>(stream.native()), parameters.data(), static_cast<void**>(nullptr));
  }

 private:
  static void run(void** parameters, const unsigned* grid, const unsigned* block) {
    auto* const values = *static_cast<int**>(parameters[0]);
    for (unsigned i = 0; i < grid[0] * block[0]; ++i) ++values[i];
  }

  cuda::CUmodule module_ = nullptr;
  cuda::CUfunction function_ = nullptr;
};

}  // namespace fovea::test
