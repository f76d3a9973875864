#pragma once
#include <cudnn.h>

#include "ops/cuda/library.h"

namespace fovea::ops::cuda {

// The functions of cuDNN that conv2d calls, found once.
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
  bool usable = false;
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
    usable = library.usable();
    const std::size_t v = usable ? version() : 0;
    description = library.described(std::to_string(v / 10000) + "." + std::to_string(v / 100 % 100) + "." +
                                    std::to_string(v % 100));
  }
};

}  // namespace fovea::ops::cuda
