#include <cstdio>
#include <cstring>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

namespace {

struct Named {
  CUresult code;
  const char *name, *text;
};
#define FAKE_CODE(code, text) \
  { code, #code, text }
constexpr Named codes[] = {
    FAKE_CODE(CUDA_SUCCESS, "no error"),
    FAKE_CODE(CUDA_ERROR_INVALID_VALUE, "invalid argument"),
    FAKE_CODE(CUDA_ERROR_OUT_OF_MEMORY, "out of memory"),
    FAKE_CODE(CUDA_ERROR_JIT_COMPILER_NOT_FOUND, "PTX JIT compiler library not found"),
    FAKE_CODE(CUDA_ERROR_NOT_READY, "device not ready"),
    FAKE_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
    FAKE_CODE(CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"),
    FAKE_CODE(CUDA_ERROR_ECC_UNCORRECTABLE, "uncorrectable ECC error encountered"),
};
#undef FAKE_CODE

const Named* find(CUresult code) {
  for (const Named& named : codes)
    if (named.code == code) return &named;
  return nullptr;
}

bool is_device(CUdevice device) {
  return device >= 0 && device < fake_cuda_devices;
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned) {
  FAKE_ENTER();
  for (int i = 0; i < fake_cuda_devices; ++i) fake::state().contexts[i].device = i;
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int* version) {
  FAKE_ENTER();
  *version = 13000;
  return CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult code, const char** name) {
  const Named* named = find(code);
  *name = named == nullptr ? nullptr : named->name;
  return named == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult code, const char** text) {
  const Named* named = find(code);
  *text = named == nullptr ? nullptr : named->text;
  return named == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  FAKE_ENTER();
  *count = fake_cuda_devices;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int index) {
  FAKE_ENTER();
  if (!is_device(index)) return CUDA_ERROR_INVALID_DEVICE;
  *device = index;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int bytes, CUdevice device) {
  FAKE_ENTER();
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  std::snprintf(name, static_cast<std::size_t>(bytes), "Fake device %d", device);
  return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device) {
  FAKE_ENTER();
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  const fake::Lock lock(fake::state().mutex);
  *bytes = fake::state().memory;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, unsigned attribute, CUdevice device) {
  FAKE_ENTER();
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      *value = 2;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = 9;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = 0;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
      *value = 1;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  FAKE_ENTER();
  if (!is_device(device) || !is_device(peer)) return CUDA_ERROR_INVALID_DEVICE;
  *can = device != peer;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  FAKE_ENTER();
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  *context = &fake::state().contexts[device];
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  FAKE_ENTER();
  *context = fake::current();
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  FAKE_ENTER();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  fake::context_stack.push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  if (fake::current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *context = fake::context_stack.back();
  fake::context_stack.pop_back();
  return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int* lowest, int* highest) {
  FAKE_ENTER_CONTEXT();
  *lowest = 0;
  *highest = -5;
  return CUDA_SUCCESS;
}

CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned) {
  FAKE_ENTER_CONTEXT();
  static std::set<std::pair<CUcontext, CUcontext>>& enabled = *new std::set<std::pair<CUcontext, CUcontext>>;
  if (peer == fake::current()) return CUDA_ERROR_INVALID_VALUE;
  return enabled.insert({fake::current(), peer}).second ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
}
}
