#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

namespace fovea::cuda::fake {
namespace {

constexpr std::size_t addresses = std::size_t{64} << 30;
constexpr std::size_t alignment = 512;

const Block* block_around(std::uintptr_t address, std::uintptr_t* begin) {
  State& s = state();
  auto after = s.blocks.upper_bound(address);
  if (after == s.blocks.begin()) return nullptr;
  --after;
  if (address >= after->first + after->second.bytes) return nullptr;
  *begin = after->first;
  return &after->second;
}

bool is_device_address(std::uintptr_t address) {
  const State& s = state();
  return s.free_to != 0 && address >= s.free_to - addresses && address < s.free_to;
}

}  // namespace

bool is_device_memory(CUdeviceptr address) {
  std::uintptr_t begin = 0;
  const Block* block = block_around(address, &begin);
  return block != nullptr && !block->pinned;
}

CUresult check_range(CUdeviceptr address, std::size_t bytes, bool device_only) {
  std::uintptr_t begin = 0;
  const Block* block = block_around(address, &begin);
  if (block == nullptr) return device_only || is_device_address(address) ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
  if (device_only && block->pinned) return CUDA_ERROR_INVALID_VALUE;
  return address - begin + bytes <= block->bytes ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

namespace {

CUresult allocate(CUdeviceptr* pointer, std::size_t bytes) {
  State& s = state();
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (s.free_to == 0) {
    void* region =
        ::mmap(nullptr, addresses, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
    s.free_from = reinterpret_cast<std::uintptr_t>(region);
    s.free_to = s.free_from + addresses;
  }
  CUcontext context = current();
  const std::size_t room = (bytes + 2 * alignment - 1) / alignment * alignment;  // and a gap behind it
  if (bytes > s.memory || context->used > s.memory - bytes || room > s.free_to - s.free_from)
    return CUDA_ERROR_OUT_OF_MEMORY;
  context->used += bytes;
  *pointer = s.free_from;
  s.blocks[s.free_from] = {bytes, false, context->device};
  s.free_from += room;
  return CUDA_SUCCESS;
}

CUresult deallocate(CUdeviceptr pointer) {
  State& s = state();
  const auto found = s.blocks.find(pointer);
  if (found == s.blocks.end() || found->second.pinned) return CUDA_ERROR_INVALID_VALUE;
  s.contexts[found->second.device].used -= found->second.bytes;
  s.blocks.erase(found);
  return CUDA_SUCCESS;
}

}  // namespace
}  // namespace fovea::cuda::fake

extern "C" {

CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  FAKE_ENTER_CONTEXT();
  *total = s.memory;
  *free = s.memory - fake::current()->used;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr* pointer, std::size_t bytes) {
  FAKE_ENTER_CONTEXT();
  return fake::allocate(pointer, bytes);
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
  FAKE_ENTER_CONTEXT();
  return fake::deallocate(pointer);
}

CUresult cuMemAllocAsync(CUdeviceptr* pointer, std::size_t bytes, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const CUresult status = fake::allocate(pointer, bytes);
  if (status == CUDA_SUCCESS && stream->capture) {
    fake::add_node(stream, fake::type_allocation);
    return CUDA_SUCCESS;
  }
  return status != CUDA_SUCCESS ? status : fake::enqueue(stream, {{}, [] {}});
}

// The block counts as freed from now on: whoever enqueues a use of it later is wrong on any stream.
CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const CUresult status = fake::deallocate(pointer);
  if (status == CUDA_SUCCESS && stream->capture) {
    fake::add_node(stream, fake::type_free);
    return CUDA_SUCCESS;
  }
  return status != CUDA_SUCCESS ? status : fake::enqueue(stream, {{}, [] {}});
}

CUresult cuMemHostAlloc(void** pointer, std::size_t bytes, unsigned) {
  FAKE_ENTER_CONTEXT();
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  *pointer = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (*pointer == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
  s.blocks[reinterpret_cast<std::uintptr_t>(*pointer)] = {bytes, true, 0};
  return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void* pointer) {
  FAKE_ENTER_CONTEXT();
  const auto found = s.blocks.find(reinterpret_cast<std::uintptr_t>(pointer));
  if (found == s.blocks.end() || !found->second.pinned) return CUDA_ERROR_INVALID_VALUE;
  s.blocks.erase(found);
  std::free(pointer);
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void* value, unsigned attribute, CUdeviceptr pointer) {
  FAKE_ENTER_CONTEXT();
  std::uintptr_t begin = 0;
  const fake::Block* block = fake::block_around(pointer, &begin);
  if (block == nullptr || attribute != CU_POINTER_ATTRIBUTE_MEMORY_TYPE) return CUDA_ERROR_INVALID_VALUE;
  const unsigned type = block->pinned ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
  std::memcpy(value, &type, sizeof type);
  return CUDA_SUCCESS;
}
}
