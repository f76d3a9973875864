#include "model/residual.h"

#include "array/convert.h"

namespace fovea::model {

Array ResidualBuilder::tensor(const std::string& name, int ndim) const {
  const auto found = dict_.tensors.find(name);
  if (found == dict_.tensors.end())
    throw Error(Errc::model_format, "model: expected a tensor " + name + ", found none");
  const Array& array = found->second;
  if (array.ndim() != ndim || array.size() == 0)
    throw Error(Errc::model_format,
                "model: " + name + ": expected " + std::to_string(ndim) + " extents, got " + to_string(array.shape()));
  return to_f32(array);
}

int ResidualBuilder::conv(const std::string& name, int input, std::int64_t stride, std::int64_t padding,
                          std::int64_t groups) {
  Node node{name, "conv2d", {{"stride", stride}, {"padding", padding}, {"groups", groups}}, {}};
  const Array weight = tensor(name + ".weight", 4);
  node.inputs = {input, weight,
                 has(name + ".bias") ? tensor(name + ".bias", 1) : Array::zeros({weight.shape()[0]}, DType::f32)};
  return graph_.add(std::move(node));
}

int ResidualBuilder::batch_norm(const std::string& name, int input) {
  return graph_.add({name,
                     "batch_norm",
                     {},
                     {input, tensor(name + ".weight", 1), tensor(name + ".bias", 1), tensor(name + ".running_mean", 1),
                      tensor(name + ".running_var", 1)}});
}

int ResidualBuilder::conv_bn(const std::string& conv_name, const std::string& norm_name, int input, std::int64_t stride,
                             std::int64_t groups) {
  const std::int64_t window = tensor(conv_name + ".weight", 4).shape()[2];
  return batch_norm(norm_name, conv(conv_name, input, stride, window / 2, groups));
}

int ResidualBuilder::relu(const std::string& name, int input) {
  return graph_.add({name, "relu", {}, {input}});
}
int ResidualBuilder::relu6(const std::string& name, int input) {
  return graph_.add({name, "relu6", {}, {input}});
}
int ResidualBuilder::add(const std::string& name, int a, int b) {
  return graph_.add({name, "add", {}, {a, b}});
}

int ResidualBuilder::linear(const std::string& name, int input) {
  return graph_.add({name, "linear", {}, {input, tensor(name + ".weight", 2), tensor(name + ".bias", 1)}});
}

int ResidualBuilder::pool_max(const std::string& name, int input, std::int64_t size, std::int64_t stride,
                              std::int64_t padding) {
  return graph_.add({name, "max_pool2d", {{"size", size}, {"stride", stride}, {"padding", padding}}, {input}});
}

int ResidualBuilder::pool_average(const std::string& name, int input) {
  return graph_.add({name, "global_avg_pool", {}, {input}});
}

int ResidualBuilder::count_blocks(const std::string& prefix) const {
  int count = 0;
  while (has(prefix + std::to_string(count) + ".conv1.weight")) ++count;
  return count;
}

}  // namespace fovea::model
