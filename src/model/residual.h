#pragma once
#include <string>

#include "fovea/model.h"
#include "model/graph.h"

namespace fovea::model {

// Builds graphs from the tensors of a state dict by the names that torch modules give them.
class ResidualBuilder {
 public:
  ResidualBuilder(const StateDict& dict, Graph& graph) : dict_(dict), graph_(graph) {}

  bool has(const std::string& name) const { return dict_.tensors.count(name) > 0; }
  Array tensor(const std::string& name,
               int ndim) const;  // f32; throws Error(model_format) naming what is missing or wrong

  int conv(const std::string& name, int input, std::int64_t stride, std::int64_t padding,
           std::int64_t groups = 1);  // NAME.weight and, if there, NAME.bias
  int batch_norm(const std::string& name, int input);
  int conv_bn(const std::string& conv_name, const std::string& norm_name, int input, std::int64_t stride,
              std::int64_t groups = 1);
  int relu(const std::string& name, int input);
  int relu6(const std::string& name, int input);
  int add(const std::string& name, int a, int b);
  int linear(const std::string& name, int input);
  int pool_max(const std::string& name, int input, std::int64_t size, std::int64_t stride, std::int64_t padding);
  int pool_average(const std::string& name, int input);

  // How many blocks PREFIX0, PREFIX1… there are: those with PREFIXk.conv1.weight.
  int count_blocks(const std::string& prefix) const;

 private:
  const StateDict& dict_;
  Graph& graph_;
};

}  // namespace fovea::model
