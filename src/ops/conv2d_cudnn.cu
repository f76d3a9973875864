#include <map>
#include <mutex>

#include "kernel/storage.h"
#include "ops/conv2d.h"
#include "ops/cuda/cudnn.h"

// Convolution, bias, residual and activation in one call of cuDNN, in f32 proper (no TF32). Always by one algorithm: a
// choice would follow the batch, and so would the bits.
namespace fovea::ops::cuda {
namespace {

constexpr cudnnConvolutionFwdAlgo_t algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const Errc code = status == CUDNN_STATUS_ALLOC_FAILED ? Errc::device_memory : Errc::device;
  throw Error(code, std::string("conv2d: expected cuDNN to ") + what + ", got " + Cudnn::get().error_text(status));
}

// A cuDNN handle of the current device, lent to one thread at a time and kept for the next.
class Handle {
 public:
  Handle() {
    check_cuda(cudaGetDevice(&device_), "conv2d: a current device");
    const std::scoped_lock lock(kept().mutex);
    std::vector<cudnnHandle_t>& idle = kept().idle[device_];
    if (idle.empty()) {
      check(Cudnn::get().create(&handle_), "make a handle");
    } else {
      handle_ = idle.back();
      idle.pop_back();
    }
  }
  ~Handle() {
    const std::scoped_lock lock(kept().mutex);
    kept().idle[device_].push_back(handle_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  cudnnHandle_t get() const { return handle_; }

 private:
  struct Kept {
    std::mutex mutex;
    std::map<int, std::vector<cudnnHandle_t>> idle;
  };
  static Kept& kept() {
    static Kept* const instance = new Kept;  // never destroyed: the driver may go first
    return *instance;
  }
  int device_ = 0;
  cudnnHandle_t handle_ = nullptr;
};

template <class D>
class Descriptor {
 public:
  Descriptor(cudnnStatus_t (*create)(D*), cudnnStatus_t (*destroy)(D)) : destroy_(destroy) {
    check(create(&value_), "make a descriptor");
  }
  ~Descriptor() { destroy_(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator D() const { return value_; }

 private:
  D value_ = nullptr;
  cudnnStatus_t (*destroy_)(D);
};

struct Tensor : Descriptor<cudnnTensorDescriptor_t> {
  explicit Tensor(const Shape& s) : Descriptor(Cudnn::get().create_tensor, Cudnn::get().destroy_tensor) {
    check(Cudnn::get().set_tensor(*this, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, static_cast<int>(s[0]),
                                  static_cast<int>(s[1]), static_cast<int>(s[2]), static_cast<int>(s[3])),
          "describe a tensor");
  }
};

struct Filter : Descriptor<cudnnFilterDescriptor_t> {
  explicit Filter(const Shape& s) : Descriptor(Cudnn::get().create_filter, Cudnn::get().destroy_filter) {
    check(Cudnn::get().set_filter(*this, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, static_cast<int>(s[0]),
                                  static_cast<int>(s[1]), static_cast<int>(s[2]), static_cast<int>(s[3])),
          "describe a filter");
  }
};

struct Convolution : Descriptor<cudnnConvolutionDescriptor_t> {
  explicit Convolution(const Conv2d& p)
      : Descriptor(Cudnn::get().create_convolution, Cudnn::get().destroy_convolution) {
    const int padding = static_cast<int>(p.padding), stride = static_cast<int>(p.stride);
    const int dilation = static_cast<int>(p.dilation);
    check(Cudnn::get().set_convolution(*this, padding, padding, stride, stride, dilation, dilation,
                                       CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "describe a convolution");
    check(Cudnn::get().set_groups(*this, static_cast<int>(p.groups)), "take groups");
    check(Cudnn::get().set_math(*this, CUDNN_FMA_MATH), "compute in f32");
  }
};

struct Activation : Descriptor<cudnnActivationDescriptor_t> {
  explicit Activation(bool relu) : Descriptor(Cudnn::get().create_activation, Cudnn::get().destroy_activation) {
    check(Cudnn::get().set_activation(*this, relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY,
                                      CUDNN_PROPAGATE_NAN, 0),
          "describe an activation");
  }
};

class CudnnConv2d final : public Kernel {
 public:
  explicit CudnnConv2d(const Call& call)
      : x_(call.inputs[0].shape),
        y_(call.output.shape),
        bias_({1, call.output.shape[1], 1, 1}),
        weight_(call.inputs[1].shape),
        convolution_(call.as<Conv2d>()),
        activation_(call.as<Conv2d>().activation == "relu") {
    if (call.inputs.size() < 3)
      no_bias_ = Table<float>(std::vector<float>(static_cast<std::size_t>(call.output.shape[1])));
    check(Cudnn::get().workspace_size(Handle().get(), x_, weight_, convolution_, y_, algorithm, &workspace_),
          "convolve these shapes");
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    const Handle handle;
    check(Cudnn::get().set_stream(handle.get(), cuda_stream(queue)), "take a stream");
    const Scratch<char> workspace(queue, static_cast<Index>(workspace_));
    const float one = 1, residual = in.size() > 3 ? 1 : 0;  // without one the output stands in, times 0, unread
    check(Cudnn::get().convolve(handle.get(), &one, x_, in[0].data(), weight_, in[1].data(), convolution_, algorithm,
                                workspace.data(), workspace_, &residual, y_, in.size() > 3 ? in[3].data() : out.data(),
                                bias_, in.size() > 2 ? static_cast<const void*>(in[2].data()) : no_bias_.data(),
                                activation_, y_, out.data()),
          "convolve");
  }

 private:
  Tensor x_, y_, bias_;
  Filter weight_;
  Convolution convolution_;
  Activation activation_;
  Table<float> no_bias_;
  std::size_t workspace_ = 0;
};

// cuDNN counts in 32 bits.
bool small(const Shape& shape) {
  double elements = 1;
  for (const Index extent : shape) {
    if (extent == 0) return false;
    elements *= static_cast<double>(extent);
  }
  return elements < 2147483648.0;
}

bool supports(const Call& call) {
  // cuDNN fuses no activation with an upper bound.
  return plain_f32(call) && call.as<Conv2d>().activation != "relu6" && Cudnn::get().usable && small(call.inputs[0].shape) && small(call.inputs[1].shape) &&
         small(call.output.shape);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<CudnnConv2d>(call);
}

}  // namespace

void register_conv2d_cudnn(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cuda, "cudnn", supports, prepare});
}

}  // namespace fovea::ops::cuda
