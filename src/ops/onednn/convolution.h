#pragma once
#include <optional>

#include "ops/onednn.h"

namespace fovea::ops::onednn {

// Of a convolution whose weights [k, c/groups, r, s] and bias f32 [k] are known when its kernel is made.
struct ConvolutionShape {
  std::int64_t stride, padding, dilation, groups;
};

// y = post-ops(scale (x * weight + bias)) with inputs x, weight, bias and then what `residual` numbers, which a sum
// among the attributes' post-ops reads in the place of y.
class Convolution final : public Kernel {
 public:
  Convolution(const Call&, const ConvolutionShape&, const dnnl::primitive_attr&, int residual);

  int in_place() const override { return reblock_ ? -1 : residual_; }
  void run(Queue, std::span<const Array> inputs, const Array& output) override;

 private:
  dnnl::convolution_forward::primitive_desc primitive_;
  dnnl::convolution_forward convolution_;
  std::unordered_map<int, dnnl::memory> arguments_;
  Array weights_, bias_;
  int residual_;                                          // the input's number; -1: none
  std::optional<dnnl::reorder::primitive_desc> reblock_;  // of a residual that is not stored as y is
};

// Weights are packed when the kernel is made, so they must be known then.
bool knows_weights(const Call&);

}  // namespace fovea::ops::onednn
