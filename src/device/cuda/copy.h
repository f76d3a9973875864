#pragma once
#include "device/cuda/device.h"

namespace fovea {

// Enqueues one copy call; both ends are the device's memory, another CUDA device's, or page-locked host memory.
void enqueue_copy(CudaDevice&, cuda::CUstream, const Transfer&);
bool is_pageable(CudaDevice&, const void*);  // host memory that the driver does not know
cuda::CUDA_MEMCPY3D as_copy_node(const Transfer&);

}  // namespace fovea
