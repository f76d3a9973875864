#pragma once
#include <algorithm>
#include <array>

#include "ops/conv2d.h"
#include "ops/cuda/graph_object.h"

namespace fovea::ops::cuda {

// Who computes: the device of a handle, or, to plan without one, the device of these properties.
struct GraphTarget {
  cudnnHandle_t handle = nullptr;
  const GraphObject* properties = nullptr;
};

// cuDNN's engines take channels in pairs, and bf16 in one group alone.
inline bool fits_engines(const Call& call) {
  return call.as<Conv2d>().groups == 1 && call.inputs[0].block % 2 == 0 && call.output.shape[1] % 2 == 0;
}

// conv2d on 16 bits with channels last as one graph of operations: everything between the operands and the result is
// f32, so it is rounded once.
class ConvolutionGraph {
 public:
  // How a run names its operands.
  enum Operand : std::int64_t { x = 1, weight, bias, residual, y };

  // For the device of the handle, if one is given. Throws Error(unsupported) for what cuDNN takes on no device.
  ConvolutionGraph(const Call& call, Index batch, cudnnHandle_t handle = nullptr)
      : type_(data_type(call.output.dtype)) {
    const Conv2d& p = call.as<Conv2d>();
    const TensorSpec &input = call.inputs[0], &window = call.inputs[1];
    const Shape& out = call.output.shape;
    shape_ = {batch, out[1], out[2], out[3]};
    const GraphObject& in = tensor(x, type_, {batch, input.block, input.shape[2], input.shape[3]});
    const GraphObject& filter = tensor(weight, type_, {out[1], input.block, window.shape[2], window.shape[3]});
    const bool activated = p.activation != "none", biased = call.inputs.size() > 2, adds = call.inputs.size() > 3;
    const GraphObject* at = &step(!biased && !adds && !activated);
    convolve(p, in, filter, *at);
    if (biased)
      at = &pointwise(CUDNN_POINTWISE_ADD, *at, &tensor(bias, CUDNN_DATA_FLOAT, {1, shape_[1], 1, 1}),
                      !adds && !activated);
    if (adds) at = &pointwise(CUDNN_POINTWISE_ADD, *at, &tensor(residual, type_, shape_), !activated);
    if (activated) pointwise(CUDNN_POINTWISE_RELU_FWD, *at, nullptr, true, p.activation == "relu6");
    std::vector<cudnnBackendDescriptor_t> operations;
    for (const GraphObject* operation : operations_) operations.push_back(operation->get());
    graph_.refer(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
    // By its number: later headers call the name deprecated, earlier libraries want the handle.
    constexpr auto operation_graph_handle = static_cast<cudnnBackendAttributeName_t>(800);
    if (handle) graph_.set(operation_graph_handle, {handle});
    finished(graph_);
  }

  const GraphObject& graph() const { return graph_; }

 private:
  static cudnnDataType_t data_type(DType type) {
    return type == DType::f16 ? CUDNN_DATA_HALF : type == DType::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  }

  // Parts are kept for as long as the graph, at places that do not change.
  GraphObject& part(cudnnBackendDescriptorType_t type) {
    return *parts_.emplace_back(std::make_unique<GraphObject>(type));
  }
  static const GraphObject& finished(GraphObject& object) {
    if (!object.finalize()) throw Error(Errc::unsupported, "conv2d: expected a graph that cuDNN takes, got a refusal");
    return object;
  }

  const GraphObject& tensor(std::int64_t id, cudnnDataType_t type, const Shape& s, bool inner = false) {
    GraphObject& t = part(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, {id});
    t.set(CUDNN_ATTR_TENSOR_DATA_TYPE, {type});
    t.set(CUDNN_ATTR_TENSOR_DIMENSIONS, {s[0], s[1], s[2], s[3]});
    t.set(CUDNN_ATTR_TENSOR_STRIDES, {s[1] * s[2] * s[3], std::int64_t{1}, s[3] * s[1], s[1]});
    t.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, {std::int64_t{16}});
    t.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, {inner});
    return finished(t);
  }
  // What an operation writes: the result, or f32 for the next operation.
  const GraphObject& step(bool last) {
    return last ? tensor(y, type_, shape_) : tensor(next_++, CUDNN_DATA_FLOAT, shape_, true);
  }

  void convolve(const Conv2d& p, const GraphObject& in, const GraphObject& filter, const GraphObject& out) {
    GraphObject& how = part(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    how.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, {CUDNN_DATA_FLOAT});
    how.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, {CUDNN_CROSS_CORRELATION});
    how.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, {std::int64_t{2}});
    how.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, {p.dilation, p.dilation});
    how.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, {p.stride, p.stride});
    how.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, {p.padding, p.padding});
    how.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, {p.padding, p.padding});
    finished(how);
    GraphObject& operation = part(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    operation.refer(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, how);
    operation.refer(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, in);
    operation.refer(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, filter);
    operation.refer(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, out);
    operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, {1.0f});
    operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, {0.0f});
    operations_.push_back(&finished(operation));
  }

  const GraphObject& pointwise(cudnnPointwiseMode_t mode, const GraphObject& a, const GraphObject* b, bool last,
                               bool below_6 = false) {
    GraphObject& how = part(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    how.set(CUDNN_ATTR_POINTWISE_MODE, {mode});
    how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, {CUDNN_DATA_FLOAT});
    if (below_6) how.set(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, {6.0});
    finished(how);
    const GraphObject& out = step(last);
    GraphObject& operation = part(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.refer(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how);
    operation.refer(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, a);
    if (b) operation.refer(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
    operation.refer(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, out);
    operations_.push_back(&finished(operation));
    return out;
  }

  cudnnDataType_t type_;
  Shape shape_;
  std::int64_t next_ = 100;
  std::vector<std::unique_ptr<GraphObject>> parts_;
  std::vector<const GraphObject*> operations_;
  GraphObject graph_{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
};

}  // namespace fovea::ops::cuda
