#include <map>
#include <mutex>

#include "kernel/storage.h"
#include "ops/activation_types.h"
#include "ops/cuda/channels_last.h"
#include "ops/cuda/clip.h"
#include "ops/cuda/conv2d_plan.h"
#include "ops/cuda/weights_on_device.h"

// Convolution, bias, residual and activation in one call of cuDNN: f32, by TF32 where that is allowed, by the legacy API,
// always by one algorithm; f16 and bf16 with channels last by a graph, always by the engine for one batch. A choice by the
// batch would change the bits with it.
namespace fovea::ops::cuda {
namespace {

constexpr cudnnConvolutionFwdAlgo_t algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;

// A cuDNN handle of the current device, lent to one thread at a time and kept for the next.
class Handle {
 public:
  Handle() {
    check_cuda(cudaGetDevice(&device_), "conv2d: a current device");
    const std::scoped_lock lock(kept().mutex);
    std::vector<cudnnHandle_t>& idle = kept().idle[device_];
    if (idle.empty()) {
      check_cudnn(Cudnn::get().create(&handle_), "make a handle");
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
    check_cudnn(create(&value_), "make a descriptor");
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
    check_cudnn(Cudnn::get().set_tensor(*this, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, static_cast<int>(s[0]),
                                  static_cast<int>(s[1]), static_cast<int>(s[2]), static_cast<int>(s[3])),
          "describe a tensor");
  }
};

struct Filter : Descriptor<cudnnFilterDescriptor_t> {
  explicit Filter(const Shape& s) : Descriptor(Cudnn::get().create_filter, Cudnn::get().destroy_filter) {
    check_cudnn(Cudnn::get().set_filter(*this, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, static_cast<int>(s[0]),
                                  static_cast<int>(s[1]), static_cast<int>(s[2]), static_cast<int>(s[3])),
          "describe a filter");
  }
};

struct Convolution : Descriptor<cudnnConvolutionDescriptor_t> {
  explicit Convolution(const Conv2d& p)
      : Descriptor(Cudnn::get().create_convolution, Cudnn::get().destroy_convolution) {
    const int padding = static_cast<int>(p.padding), stride = static_cast<int>(p.stride);
    const int dilation = static_cast<int>(p.dilation);
    check_cudnn(Cudnn::get().set_convolution(*this, padding, padding, stride, stride, dilation, dilation,
                                       CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "describe a convolution");
    check_cudnn(Cudnn::get().set_groups(*this, static_cast<int>(p.groups)), "take groups");
    check_cudnn(Cudnn::get().set_math(*this, p.allow_tf32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH), "compute in f32");
  }
};

struct Activation : Descriptor<cudnnActivationDescriptor_t> {
  explicit Activation(bool relu) : Descriptor(Cudnn::get().create_activation, Cudnn::get().destroy_activation) {
    check_cudnn(Cudnn::get().set_activation(*this, relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY,
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
        activation_(call.as<Conv2d>().activation != "none"),
        below_6_(call.as<Conv2d>().activation == "relu6") {
    if (call.inputs.size() < 3)
      no_bias_ = Table<float>(std::vector<float>(static_cast<std::size_t>(call.output.shape[1])));
    check_cudnn(Cudnn::get().workspace_size(Handle().get(), x_, weight_, convolution_, y_, algorithm, &workspace_),
          "convolve these shapes");
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    const Handle handle;
    check_cudnn(Cudnn::get().set_stream(handle.get(), cuda_stream(queue)), "take a stream");
    const Scratch<char> workspace(queue, static_cast<Index>(workspace_));
    const float one = 1, residual = in.size() > 3 ? 1 : 0;  // without one the output stands in, times 0, unread
    check_cudnn(Cudnn::get().convolve(handle.get(), &one, x_, in[0].data(), weight_, in[1].data(), convolution_, algorithm,
                                workspace.data(), workspace_, &residual, y_, in.size() > 3 ? in[3].data() : out.data(),
                                bias_, in.size() > 2 ? static_cast<const void*>(in[2].data()) : no_bias_.data(),
                                activation_, y_, out.data()),
          "convolve");
    if (below_6_) clip_at_6(queue, out);
  }

 private:
  Tensor x_, y_, bias_;
  Filter weight_;
  Convolution convolution_;
  Activation activation_;
  bool below_6_;  // cuDNN's legacy API fuses no activation with an upper bound
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

bool small(const Call& call) {
  return small(call.inputs[0].shape) && small(call.inputs[1].shape) && small(call.output.shape);
}

bool supports(const Call& call) {
  return plain_f32(call) && Cudnn::get().usable && small(call);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<CudnnConv2d>(call);
}

// Weights of 16 bits as [k, r, s, channels] on the current device.
Array with_channels_last(const Array& weight, Index channels) {
  const Shape& w = weight.shape();
  return made_on_device({w[0], w[2], w[3], channels}, weight.dtype(), weight.device(),
                        [&](const Array& made) { put_channels_last(Queue{}, weight, made); });
}

class CudnnHalfConv2d final : public Kernel {
 public:
  explicit CudnnHalfConv2d(const Call& call)
      : graph_(call, call.output.shape[0], Handle().get()), plan_(planned(call, graph_)) {
    const Array& weight = call.constants[1];
    const int channels = call.inputs[0].block;
    weight_ = call.weights->get(weight.data(), "channels last " + std::to_string(channels),
                                [&] { return with_channels_last(weight, channels); });
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    const Handle handle;
    check_cudnn(Cudnn::get().set_stream(handle.get(), cuda_stream(queue)), "take a stream");
    const Scratch<char> workspace(queue, plan_.workspace());
    const auto given = [&](std::size_t k) { return in.size() > k ? in[k].data() : nullptr; };
    plan_.run(handle.get(), {given(0), weight_.data(), given(2), given(3), out.data()}, workspace.data());
  }

 private:
  static ConvolutionPlan planned(const Call& call, const ConvolutionGraph& graph) {
    constexpr Index batch_chosen_for = 16;
    const Handle handle;
    const GraphTarget target{handle.get()};
    for (const GraphEngine& engine : engines(ConvolutionGraph(call, batch_chosen_for, handle.get()), target))
      if (auto plan = ConvolutionPlan::make(graph, engine, target)) return *std::move(plan);
    throw Error(Errc::unsupported, "conv2d: expected cuDNN to have an engine for " +
                                       std::string(name(call.output.dtype)) + to_string(call.output.shape) +
                                       " of weights " + to_string(call.inputs[1].shape) + ", got none");
  }

  ConvolutionGraph graph_;
  ConvolutionPlan plan_;
  Array weight_;
};

bool supports_half(const Call& call) {
  return takes_channels_last(call) && fits_engines(call) && Cudnn::get().has_graphs && call.weights && call.constants.size() > 1 &&
         call.constants[1].size() > 0 && small(call);
}

std::unique_ptr<Kernel> prepare_half(const Call& call) {
  return std::make_unique<CudnnHalfConv2d>(call);
}

}  // namespace

void register_conv2d_cudnn(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cuda, "cudnn", supports, prepare});
  r.add_row({"conv2d", Device::Kind::cuda, "cudnn_half", supports_half, prepare_half, all_channels});
}

}  // namespace fovea::ops::cuda
