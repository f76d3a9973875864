#include <array>
#include <cstring>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

extern "C" {

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, unsigned*, void**) {
  FAKE_ENTER_CONTEXT();
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto made = std::make_unique<CUmod_st>();
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

CUresult cuFuncGetAttribute(int* value, unsigned, CUfunction) {
  FAKE_ENTER_CONTEXT();
  *value = 0;
  return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction, unsigned, int) {
  FAKE_ENTER_CONTEXT();
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned, CUstream stream, void** parameters,
                        void** extra) {
  FAKE_ENTER_CONTEXT();
  const std::uint64_t threads = std::uint64_t{block_x} * block_y * block_z;
  if (extra != nullptr || grid_x * grid_y * grid_z == 0 || threads == 0 || threads > 1024)
    return CUDA_ERROR_INVALID_VALUE;
  std::vector<std::vector<std::byte>> values;
  for (std::size_t i = 0; i < function->kernel.sizes.size(); ++i) {
    const auto* bytes = static_cast<const std::byte*>(parameters[i]);
    values.emplace_back(bytes, bytes + function->kernel.sizes[i]);
  }
  const std::array grid{grid_x, grid_y, grid_z}, block{block_x, block_y, block_z};
  const auto run = [kernel = function->kernel.function, grid, block, values = std::move(values)]() mutable {
    std::vector<void*> pointers;
    for (auto& value : values) pointers.push_back(value.data());
    kernel(pointers.data(), grid.data(), block.data());
  };
  if (stream->capture) {
    CUgraphNode_st* node = fake::add_node(stream, CU_GRAPH_NODE_TYPE_KERNEL);
    node->run = run;
    node->function = function;
    return CUDA_SUCCESS;
  }
  return fake::enqueue(stream, {{}, run});
}
}
