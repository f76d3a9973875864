#pragma once
#include <cudnn.h>

#include "fovea/error.h"
#include "ops/cuda/library.h"

namespace fovea::ops::cuda {

// The functions of cuDNN that convolutions call, found once.
struct Cudnn {
  decltype(&cudnnCreate) create = nullptr;
  decltype(&cudnnSetStream) set_stream = nullptr;
  decltype(&cudnnGetErrorString) error_text = nullptr;
  decltype(&cudnnCreateTensorDescriptor) create_tensor = nullptr;
  decltype(&cudnnDestroyTensorDescriptor) destroy_tensor = nullptr;
  decltype(&cudnnSetTensor4dDescriptor) set_tensor = nullptr;
  decltype(&cudnnCreateFilterDescriptor) create_filter = nullptr;
  decltype(&cudnnDestroyFilterDescriptor) destroy_filter = nullptr;
  decltype(&cudnnSetFilter4dDescriptor) set_filter = nullptr;
  decltype(&cudnnCreateConvolutionDescriptor) create_convolution = nullptr;
  decltype(&cudnnDestroyConvolutionDescriptor) destroy_convolution = nullptr;
  decltype(&cudnnSetConvolution2dDescriptor) set_convolution = nullptr;
  decltype(&cudnnSetConvolutionGroupCount) set_groups = nullptr;
  decltype(&cudnnSetConvolutionMathType) set_math = nullptr;
  decltype(&cudnnCreateActivationDescriptor) create_activation = nullptr;
  decltype(&cudnnDestroyActivationDescriptor) destroy_activation = nullptr;
  decltype(&cudnnSetActivationDescriptor) set_activation = nullptr;
  decltype(&cudnnGetConvolutionForwardWorkspaceSize) workspace_size = nullptr;
  decltype(&cudnnConvolutionBiasActivationForward) convolve = nullptr;
  decltype(&cudnnBackendCreateDescriptor) create_object = nullptr;
  decltype(&cudnnBackendDestroyDescriptor) destroy_object = nullptr;
  decltype(&cudnnBackendSetAttribute) set_attribute = nullptr;
  decltype(&cudnnBackendGetAttribute) get_attribute = nullptr;
  decltype(&cudnnBackendFinalize) finalize = nullptr;
  decltype(&cudnnBackendExecute) execute = nullptr;
  bool usable = false;
  bool has_graphs = false;
  std::string description;

  static const Cudnn& get() {
    static const Cudnn instance;
    return instance;
  }

 private:
  Cudnn() {
    Library library("cuDNN", "libcudnn.so." + std::to_string(CUDNN_MAJOR));
    decltype(&cudnnGetVersion) version = nullptr;
    library.find(version, "cudnnGetVersion");
    library.find(create, "cudnnCreate");
    library.find(set_stream, "cudnnSetStream");
    library.find(error_text, "cudnnGetErrorString");
    library.find(create_tensor, "cudnnCreateTensorDescriptor");
    library.find(destroy_tensor, "cudnnDestroyTensorDescriptor");
    library.find(set_tensor, "cudnnSetTensor4dDescriptor");
    library.find(create_filter, "cudnnCreateFilterDescriptor");
    library.find(destroy_filter, "cudnnDestroyFilterDescriptor");
    library.find(set_filter, "cudnnSetFilter4dDescriptor");
    library.find(create_convolution, "cudnnCreateConvolutionDescriptor");
    library.find(destroy_convolution, "cudnnDestroyConvolutionDescriptor");
    library.find(set_convolution, "cudnnSetConvolution2dDescriptor");
    library.find(set_groups, "cudnnSetConvolutionGroupCount");
    library.find(set_math, "cudnnSetConvolutionMathType");
    library.find(create_activation, "cudnnCreateActivationDescriptor");
    library.find(destroy_activation, "cudnnDestroyActivationDescriptor");
    library.find(set_activation, "cudnnSetActivationDescriptor");
    library.find(workspace_size, "cudnnGetConvolutionForwardWorkspaceSize");
    library.find(convolve, "cudnnConvolutionBiasActivationForward");
    library.find(create_object, "cudnnBackendCreateDescriptor");
    library.find(destroy_object, "cudnnBackendDestroyDescriptor");
    library.find(set_attribute, "cudnnBackendSetAttribute");
    library.find(get_attribute, "cudnnBackendGetAttribute");
    library.find(finalize, "cudnnBackendFinalize");
    library.find(execute, "cudnnBackendExecute");
    usable = library.usable();
    const std::size_t v = usable ? version() : 0;
    has_graphs = v >= 90800;  // those that the tests can ask for plans without a device
    description = library.described(std::to_string(v / 10000) + "." + std::to_string(v / 100 % 100) + "." +
                                    std::to_string(v % 100));
  }
};

inline void check_cudnn(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const bool memory = status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ||
                      status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
  const Errc code = memory ? Errc::device_memory : Errc::device;
  throw Error(code, std::string("conv2d: expected cuDNN to ") + what + ", got " + Cudnn::get().error_text(status));
}

}  // namespace fovea::ops::cuda
