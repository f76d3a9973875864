#include <dlfcn.h>
#include <elf.h>

#include <array>
#include <cstring>

#include "device/cuda/cupti_functions.h"
#include "support/fake_cuda/cupti.h"
#include "support/fake_cuda/ptx.h"
#include "support/fake_cuda/state.h"
#include "support/temporary_directory.h"

namespace cupti = fovea::cupti;
using namespace fovea::cuda;

namespace {

// A shared library from memory, whose length its header tells.
void* load_library(const void* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof header);
  const std::size_t bytes = header.e_shoff + std::size_t{header.e_shnum} * header.e_shentsize;
  const fovea::test::TemporaryDirectory folder;
  const auto file = folder.write("kernels.so", {static_cast<const char*>(image), bytes});
  return ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
}

bool load_kernel(CUmod_st& module, const std::string& name) {
  using Sizes = std::size_t (*)(std::size_t*);
  const auto launch = reinterpret_cast<FakeCudaKernel>(::dlsym(module.library, (name + "_launch").c_str()));
  const auto sizes = reinterpret_cast<Sizes>(::dlsym(module.library, (name + "_sizes").c_str()));
  if (launch == nullptr || sizes == nullptr) return false;
  std::array<std::size_t, 64> of_parameters{};
  const std::size_t count = sizes(of_parameters.data());
  module.kernels[name] = {name, {launch, {of_parameters.begin(), of_parameters.begin() + static_cast<long>(count)}}};
  return true;
}

// A kernel that does what it must not loses its device.
CUfunc_st as_function(std::shared_ptr<const fake::PtxKernel> kernel, CUcontext context) {
  const auto run = [kernel, context](void** parameters, const unsigned* grid, const unsigned* block) {
    if (kernel->run(parameters, grid, block)) return;
    const fake::Lock lock(fake::state().mutex);
    fake::lose(context, CUDA_ERROR_ILLEGAL_ADDRESS);
  };
  return {kernel->name(), {run, kernel->parameter_sizes()}};
}

}  // namespace

CUresult fake::take_parameters(KernelLaunch& launch, void** parameters, void** extra) {
  const auto product = [](const std::array<unsigned, 3>& of) { return std::uint64_t{of[0]} * of[1] * of[2]; };
  const std::uint64_t threads = product(launch.block);
  if (extra != nullptr || product(launch.grid) == 0 || threads == 0 || threads > 1024) return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t i = 0; i < launch.function->kernel.sizes.size(); ++i) {
    const auto* bytes = static_cast<const std::byte*>(parameters[i]);
    launch.values.emplace_back(bytes, bytes + launch.function->kernel.sizes[i]);
  }
  return CUDA_SUCCESS;
}

void KernelLaunch::run() {
  std::vector<void*> pointers;
  for (auto& value : values) pointers.push_back(value.data());
  function->kernel.function(pointers.data(), grid.data(), block.data());
}

extern "C" {

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, unsigned*, void**) {
  FAKE_ENTER_CONTEXT();
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto made = std::make_unique<CUmod_st>();
  const auto* text = static_cast<const char*>(image);
  if (std::strncmp(text, ELFMAG, SELFMAG) == 0) {
    if ((made->library = load_library(image)) == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  } else if (std::strncmp(text, "//", 2) == 0) {
    std::shared_ptr<const fake::PtxKernel> kernel = fake::PtxKernel::parse(text);
    if (!kernel) return CUDA_ERROR_INVALID_PTX;
    made->kernels[kernel->name()] = as_function(kernel, fake::current());
  }
  *module = made.get();
  s.modules[*module] = std::move(made);
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
  FAKE_ENTER_CONTEXT();
  return s.modules.erase(module) != 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  FAKE_ENTER_CONTEXT();
  if (!s.modules.contains(module)) return CUDA_ERROR_INVALID_HANDLE;
  if (module->library != nullptr || module->kernels.contains(name)) {
    if (!module->kernels.contains(name) && !load_kernel(*module, name)) return CUDA_ERROR_NOT_FOUND;
    *function = &module->kernels[name];
    return CUDA_SUCCESS;
  }
  const auto found = s.kernels.find(name);
  if (found == s.kernels.end()) return CUDA_ERROR_NOT_FOUND;
  *function = &found->second;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char** name, CUfunction function) {
  FAKE_ENTER_CONTEXT();
  *name = function->name.c_str();
  return CUDA_SUCCESS;
}

// There are no kernels but functions here.
CUresult cuKernelGetName(const char**, CUkernel) {
  FAKE_ENTER_CONTEXT();
  return CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuFuncGetAttribute(int* value, unsigned attribute, CUfunction) {
  FAKE_ENTER_CONTEXT();
  *value = attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 1024
           : attribute == CU_FUNC_ATTRIBUTE_NUM_REGS            ? 32
                                                                : 0;
  return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction, unsigned, int) {
  FAKE_ENTER_CONTEXT();
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void** parameters,
                        void** extra) {
  FAKE_ENTER_CONTEXT();
  KernelLaunch launch{function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, {}};
  if (const CUresult status = fake::take_parameters(launch, parameters, extra); status != CUDA_SUCCESS) return status;
  if (stream->capture) {
    fake::add_node(stream, CU_GRAPH_NODE_TYPE_KERNEL)->kernel = std::move(launch);
    return CUDA_SUCCESS;
  }
  const auto run = [launch]() mutable { launch.run(); };
  return fake::enqueue(stream, {{},
                                fake::traced(fake::traced_call(), stream->context->device,
                                             {cupti::kind_concurrent_kernel, function->name}, run)});
}
}
