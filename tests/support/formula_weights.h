#pragma once
#include <string>

#include "fovea/model.h"

namespace fovea::test {

// count values in [-1, 1) by the formula of tests/data/make_network_goldens.py.
std::vector<float> uniform(const std::string& name, std::size_t count);

// A torch-like state dict filled by that formula.
class FormulaWeights {
 public:
  StateDict dict;

  void conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t window);
  void batch_norm(const std::string& name, std::int64_t channels);
  void linear(const std::string& name, std::int64_t out, std::int64_t in);

  // torchvision's ResNet: blocks a stage, bottleneck or basic.
  static StateDict resnet(const std::vector<int>& blocks, bool bottleneck, std::int64_t channels, std::int64_t classes);
  static StateDict mobilenet_v2(std::int64_t classes);  // torchvision's
  static StateDict cifar(int blocks, const std::vector<std::int64_t>& widths, std::int64_t classes);

 private:
  void put(const std::string& name, const Shape& shape, float scale, float shift);
};

}  // namespace fovea::test
