#pragma once
#include <cstddef>

// What is used of CUDA's driver interface, declared here so that building needs no CUDA. driver_check.cu compares it
// with cuda.h where that is installed.
namespace fovea::cuda {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st*;
using CUmodule = struct CUmod_st*;
using CUfunction = struct CUfunc_st*;
using CUkernel = struct CUkern_st*;
using CUarray = struct CUarray_st*;
using CUstream = struct CUstream_st*;
using CUevent = struct CUevent_st*;
using CUgraph = struct CUgraph_st*;
using CUgraphNode = struct CUgraphNode_st*;
using CUgraphExec = struct CUgraphExec_st*;
using CUhostFn = void (*)(void* user_data);

struct CUgraphEdgeData {
  unsigned char from_port, to_port, type, reserved[5];
};
struct CUDA_HOST_NODE_PARAMS {
  CUhostFn fn;
  void* userData;
};
struct CUDA_KERNEL_NODE_PARAMS {
  CUfunction func;
  unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
  void **kernelParams, **extra;
  CUkernel kern;
  CUcontext ctx;
};
struct CUDA_MEMCPY2D {
  std::size_t srcXInBytes, srcY;
  unsigned srcMemoryType;
  const void* srcHost;
  CUdeviceptr srcDevice;
  CUarray srcArray;
  std::size_t srcPitch, dstXInBytes, dstY;
  unsigned dstMemoryType;
  void* dstHost;
  CUdeviceptr dstDevice;
  CUarray dstArray;
  std::size_t dstPitch, WidthInBytes, Height;
};
struct CUDA_MEMCPY3D {
  std::size_t srcXInBytes, srcY, srcZ, srcLOD;
  unsigned srcMemoryType;
  const void* srcHost;
  CUdeviceptr srcDevice;
  CUarray srcArray;
  void* reserved0;
  std::size_t srcPitch, srcHeight, dstXInBytes, dstY, dstZ, dstLOD;
  unsigned dstMemoryType;
  void* dstHost;
  CUdeviceptr dstDevice;
  CUarray dstArray;
  void* reserved1;
  std::size_t dstPitch, dstHeight, WidthInBytes, Height, Depth;
};
struct CUDA_MEMSET_NODE_PARAMS {
  CUdeviceptr dst;
  std::size_t pitch;
  unsigned value, elementSize;
  std::size_t width, height;
};
struct CUgraphExecUpdateResultInfo {
  int result;
  CUgraphNode errorNode, errorFromNode;
};

enum Status : int {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_DEINITIALIZED = 4,
  CUDA_ERROR_STUB_LIBRARY = 34,
  CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER = 36,
  CUDA_ERROR_DEVICE_UNAVAILABLE = 46,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_DEVICE_NOT_LICENSED = 102,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_ECC_UNCORRECTABLE = 214,
  CUDA_ERROR_INVALID_PTX = 218,
  CUDA_ERROR_NVLINK_UNCORRECTABLE = 220,
  CUDA_ERROR_JIT_COMPILER_NOT_FOUND = 221,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_JIT_COMPILATION_DISABLED = 223,
  CUDA_ERROR_CONTAINED = 226,
  CUDA_ERROR_OPERATING_SYSTEM = 304,
  CUDA_ERROR_INVALID_HANDLE = 400,
  CUDA_ERROR_ILLEGAL_STATE = 401,
  CUDA_ERROR_LOSSY_QUERY = 402,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_NOT_READY = 600,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_TIMEOUT = 702,
  CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704,
  CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
  CUDA_ERROR_ASSERT = 710,
  CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
  CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
  CUDA_ERROR_MISALIGNED_ADDRESS = 716,
  CUDA_ERROR_INVALID_ADDRESS_SPACE = 717,
  CUDA_ERROR_INVALID_PC = 718,
  CUDA_ERROR_LAUNCH_FAILED = 719,
  CUDA_ERROR_TENSOR_MEMORY_LEAK = 721,
  CUDA_ERROR_NOT_PERMITTED = 800,
  CUDA_ERROR_SYSTEM_NOT_READY = 802,
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH = 803,
  CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE = 804,
  CUDA_ERROR_MPS_RPC_FAILURE = 806,
  CUDA_ERROR_MPS_CLIENT_TERMINATED = 810,
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
  CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
  CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
  CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
  CUDA_ERROR_CAPTURED_EVENT = 907,
  CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE = 910,
  CUDA_ERROR_EXTERNAL_DEVICE = 911,
  CUDA_ERROR_UNKNOWN = 999,
};

enum Constant : unsigned {
  CU_STREAM_NON_BLOCKING = 1,
  CU_EVENT_BLOCKING_SYNC = 1,
  CU_EVENT_DISABLE_TIMING = 2,
  mem_host_alloc_portable = 1,  // a macro in cuda.h
  CU_STREAM_WAIT_VALUE_GEQ = 0,
  CU_STREAM_CAPTURE_MODE_RELAXED = 2,
  CU_STREAM_CAPTURE_STATUS_NONE = 0,
  CU_STREAM_CAPTURE_STATUS_ACTIVE = 1,
  CU_STREAM_SET_CAPTURE_DEPENDENCIES = 1,
  CU_MEMORYTYPE_HOST = 1,
  CU_MEMORYTYPE_DEVICE = 2,
  CU_POINTER_ATTRIBUTE_MEMORY_TYPE = 2,
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED = 115,
  CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
  CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
  CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES = 2,
  CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
  CU_FUNC_ATTRIBUTE_NUM_REGS = 4,
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  CU_GRAPH_NODE_TYPE_KERNEL = 0,
  CU_GRAPH_NODE_TYPE_MEMCPY = 1,
  CU_GRAPH_NODE_TYPE_MEMSET = 2,
  CU_GRAPH_NODE_TYPE_HOST = 3,
  CU_GRAPH_NODE_TYPE_GRAPH = 4,
  CU_GRAPH_NODE_TYPE_EMPTY = 5,
};

}  // namespace fovea::cuda

// clang-format off
// Enumerations of cuda.h are int or unsigned here. Where the toolkit has several versions of a function, the name says
// which.
#define FOVEA_CUDA_FUNCTIONS(X)                                                                                     \
  X(cuInit, (unsigned flags))                                                                                       \
  X(cuDriverGetVersion, (int* version))                                                                             \
  X(cuGetErrorName, (cuda::CUresult status, const char** name))                                                     \
  X(cuGetErrorString, (cuda::CUresult status, const char** text))                                                   \
  X(cuDeviceGetCount, (int* count))                                                                                 \
  X(cuDeviceGet, (cuda::CUdevice* device, int index))                                                               \
  X(cuDeviceGetName, (char* name, int bytes, cuda::CUdevice device))                                                \
  X(cuDeviceTotalMem_v2, (std::size_t* bytes, cuda::CUdevice device))                                               \
  X(cuDeviceGetAttribute, (int* value, unsigned attribute, cuda::CUdevice device))                                  \
  X(cuDeviceCanAccessPeer, (int* can, cuda::CUdevice device, cuda::CUdevice peer))                                  \
  X(cuDevicePrimaryCtxRetain, (cuda::CUcontext* context, cuda::CUdevice device))                                    \
  X(cuCtxGetCurrent, (cuda::CUcontext* context))                                                                    \
  X(cuCtxPushCurrent_v2, (cuda::CUcontext context))                                                                 \
  X(cuCtxPopCurrent_v2, (cuda::CUcontext* context))                                                                 \
  X(cuCtxGetStreamPriorityRange, (int* lowest, int* highest))                                                       \
  X(cuCtxEnablePeerAccess, (cuda::CUcontext peer, unsigned flags))                                                  \
  X(cuMemGetInfo_v2, (std::size_t* free, std::size_t* total))                                                       \
  X(cuMemAlloc_v2, (cuda::CUdeviceptr* pointer, std::size_t bytes))                                                 \
  X(cuMemFree_v2, (cuda::CUdeviceptr pointer))                                                                      \
  X(cuMemAllocAsync, (cuda::CUdeviceptr* pointer, std::size_t bytes, cuda::CUstream stream))                        \
  X(cuMemFreeAsync, (cuda::CUdeviceptr pointer, cuda::CUstream stream))                                             \
  X(cuMemHostAlloc, (void** pointer, std::size_t bytes, unsigned flags))                                            \
  X(cuMemFreeHost, (void* pointer))                                                                                 \
  X(cuPointerGetAttribute, (void* value, unsigned attribute, cuda::CUdeviceptr pointer))                            \
  X(cuMemcpyAsync, (cuda::CUdeviceptr to, cuda::CUdeviceptr from, std::size_t bytes, cuda::CUstream stream))        \
  X(cuMemcpy2DAsync_v2, (const cuda::CUDA_MEMCPY2D* copy, cuda::CUstream stream))                                   \
  X(cuMemcpyPeerAsync, (cuda::CUdeviceptr to, cuda::CUcontext to_context, cuda::CUdeviceptr from,                   \
                        cuda::CUcontext from_context, std::size_t bytes, cuda::CUstream stream))                    \
  X(cuMemsetD8Async, (cuda::CUdeviceptr to, unsigned char value, std::size_t bytes, cuda::CUstream stream))         \
  X(cuStreamCreateWithPriority, (cuda::CUstream* stream, unsigned flags, int priority))                             \
  X(cuStreamDestroy_v2, (cuda::CUstream stream))                                                                    \
  X(cuStreamQuery, (cuda::CUstream stream))                                                                         \
  X(cuStreamSynchronize, (cuda::CUstream stream))                                                                   \
  X(cuStreamWaitEvent, (cuda::CUstream stream, cuda::CUevent event, unsigned flags))                                \
  X(cuStreamWaitValue32_v2, (cuda::CUstream stream, cuda::CUdeviceptr word, unsigned value, unsigned flags))        \
  X(cuStreamBeginCapture_v2, (cuda::CUstream stream, unsigned mode))                                                \
  X(cuStreamEndCapture, (cuda::CUstream stream, cuda::CUgraph* graph))                                              \
  X(cuStreamGetCaptureInfo_v3, (cuda::CUstream stream, unsigned* status, unsigned long* id, cuda::CUgraph* graph,   \
                                const cuda::CUgraphNode** after, const cuda::CUgraphEdgeData** edges,               \
                                std::size_t* count))                                                                \
  X(cuStreamUpdateCaptureDependencies_v2, (cuda::CUstream stream, cuda::CUgraphNode* after,                         \
                                           const cuda::CUgraphEdgeData* edges, std::size_t count, unsigned flags))  \
  X(cuLaunchHostFunc, (cuda::CUstream stream, cuda::CUhostFn function, void* user_data))                            \
  X(cuEventCreate, (cuda::CUevent* event, unsigned flags))                                                          \
  X(cuEventDestroy_v2, (cuda::CUevent event))                                                                       \
  X(cuEventRecord, (cuda::CUevent event, cuda::CUstream stream))                                                    \
  X(cuEventQuery, (cuda::CUevent event))                                                                            \
  X(cuEventSynchronize, (cuda::CUevent event))                                                                      \
  X(cuEventElapsedTime, (float* ms, cuda::CUevent from, cuda::CUevent to))                                          \
  X(cuGraphGetNodes, (cuda::CUgraph graph, cuda::CUgraphNode* nodes, std::size_t* count))                           \
  X(cuGraphGetEdges_v2, (cuda::CUgraph graph, cuda::CUgraphNode* from, cuda::CUgraphNode* to,                       \
                         cuda::CUgraphEdgeData* edges, std::size_t* count))                                         \
  X(cuGraphNodeGetType, (cuda::CUgraphNode node, unsigned* type))                                                   \
  X(cuGraphKernelNodeGetParams_v2, (cuda::CUgraphNode node, cuda::CUDA_KERNEL_NODE_PARAMS* parameters))             \
  X(cuGraphMemcpyNodeGetParams, (cuda::CUgraphNode node, cuda::CUDA_MEMCPY3D* copy))                                \
  X(cuGraphMemsetNodeGetParams, (cuda::CUgraphNode node, cuda::CUDA_MEMSET_NODE_PARAMS* fill))                      \
  X(cuGraphHostNodeGetParams, (cuda::CUgraphNode node, cuda::CUDA_HOST_NODE_PARAMS* parameters))                    \
  X(cuGraphChildGraphNodeGetGraph, (cuda::CUgraphNode node, cuda::CUgraph* graph))                                  \
  X(cuGraphAddKernelNode_v2, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,         \
                              std::size_t count, const cuda::CUDA_KERNEL_NODE_PARAMS* parameters))                  \
  X(cuGraphKernelNodeCopyAttributes, (cuda::CUgraphNode to, cuda::CUgraphNode from))                                \
  X(cuGraphAddMemcpyNode, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,            \
                           std::size_t count, const cuda::CUDA_MEMCPY3D* copy, cuda::CUcontext context))            \
  X(cuGraphAddMemsetNode, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,            \
                           std::size_t count, const cuda::CUDA_MEMSET_NODE_PARAMS* fill, cuda::CUcontext context))  \
  X(cuGraphAddHostNode, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,              \
                         std::size_t count, const cuda::CUDA_HOST_NODE_PARAMS* parameters))                         \
  X(cuGraphAddChildGraphNode, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,        \
                               std::size_t count, cuda::CUgraph child))                                             \
  X(cuGraphAddEmptyNode, (cuda::CUgraphNode* node, cuda::CUgraph graph, const cuda::CUgraphNode* after,             \
                          std::size_t count))                                                                       \
  X(cuGraphAddDependencies_v2, (cuda::CUgraph graph, const cuda::CUgraphNode* from, const cuda::CUgraphNode* to,    \
                                const cuda::CUgraphEdgeData* edges, std::size_t count))                             \
  X(cuGraphInstantiateWithFlags, (cuda::CUgraphExec* exec, cuda::CUgraph graph, unsigned long long flags))          \
  X(cuGraphLaunch, (cuda::CUgraphExec exec, cuda::CUstream stream))                                                 \
  X(cuGraphExecUpdate_v2, (cuda::CUgraphExec exec, cuda::CUgraph graph, cuda::CUgraphExecUpdateResultInfo* result)) \
  X(cuGraphExecMemcpyNodeSetParams, (cuda::CUgraphExec exec, cuda::CUgraphNode node,                                \
                                     const cuda::CUDA_MEMCPY3D* copy, cuda::CUcontext context))                     \
  X(cuGraphExecHostNodeSetParams, (cuda::CUgraphExec exec, cuda::CUgraphNode node,                                  \
                                   const cuda::CUDA_HOST_NODE_PARAMS* parameters))                                  \
  X(cuGraphDestroy, (cuda::CUgraph graph))                                                                          \
  X(cuGraphExecDestroy, (cuda::CUgraphExec exec))                                                                   \
  X(cuModuleLoadDataEx, (cuda::CUmodule* module, const void* image, unsigned count, unsigned* options,              \
                         void** values))                                                                            \
  X(cuModuleUnload, (cuda::CUmodule module))                                                                        \
  X(cuModuleGetFunction, (cuda::CUfunction* function, cuda::CUmodule module, const char* name))                     \
  X(cuFuncGetName, (const char** name, cuda::CUfunction function))                                                  \
  X(cuKernelGetName, (const char** name, cuda::CUkernel kernel))                                                    \
  X(cuFuncGetAttribute, (int* value, unsigned attribute, cuda::CUfunction function))                                \
  X(cuFuncSetAttribute, (cuda::CUfunction function, unsigned attribute, int value))                                 \
  X(cuLaunchKernel, (cuda::CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,                  \
                     unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,                   \
                     cuda::CUstream stream, void** parameters, void** extra))
// clang-format on
