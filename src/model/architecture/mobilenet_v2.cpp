#include "model/architecture/architecture.h"
#include "model/residual.h"

namespace fovea::model {
namespace {

// Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, with the names of
// torchvision.models.mobilenetv2: blocks that widen by a 1x1, filter each channel by a 3x3, and narrow by a 1x1.
constexpr int blocks = 17;

std::string feature(int k) {
  return "features." + std::to_string(k);
}

bool matches(const StateDict& dict) {
  return dict.tensors.count("features.1.conv.0.0.weight") && dict.tensors.count("features.2.conv.3.weight") &&
         dict.tensors.count("classifier.1.weight");
}

// Where a stage of table 2 of the paper begins with a stride of 2.
std::int64_t stride_of(int block) {
  return block == 2 || block == 4 || block == 7 || block == 14 ? 2 : 1;
}

int conv_bn_relu6(ResidualBuilder& net, const std::string& name, int x, std::int64_t stride, std::int64_t groups = 1) {
  return net.relu6(name + ".2", net.conv_bn(name + ".0", name + ".1", x, stride, groups));
}

int block(ResidualBuilder& net, const std::string& name, int x, std::int64_t stride) {
  const bool widens = net.has(name + ".conv.3.weight");
  const std::string filter = name + ".conv." + (widens ? "1" : "0"), narrow = name + ".conv." + (widens ? "2" : "1");
  const std::int64_t filtered = net.tensor(filter + ".0.weight", 4).shape()[0];
  const std::int64_t in = widens ? net.tensor(name + ".conv.0.0.weight", 4).shape()[1] : filtered;
  int y = widens ? conv_bn_relu6(net, name + ".conv.0", x, 1) : x;
  y = conv_bn_relu6(net, filter, y, stride, filtered);
  y = net.conv_bn(narrow, name + ".conv." + (widens ? "3" : "2"), y, 1);
  const bool residual = stride == 1 && net.tensor(narrow + ".weight", 4).shape()[0] == in;
  return residual ? net.add(name + ".add", x, y) : y;
}

Network build(const StateDict& dict) {
  Network network;
  ResidualBuilder net(dict, network.graph);
  network.graph.channels = static_cast<int>(net.tensor(feature(0) + ".0.weight", 4).shape()[1]);
  int x = conv_bn_relu6(net, feature(0), Graph::input, 2);
  for (int k = 1; k <= blocks; ++k) x = block(net, feature(k), x, stride_of(k));
  x = conv_bn_relu6(net, feature(blocks + 1), x, 1);
  net.linear("classifier.1", net.pool_average("avgpool", x));
  network.architecture = "mobilenet_v2";
  network.preprocess.channels = network.graph.channels;
  if (network.graph.channels == 1) network.preprocess.mean = {0.5f}, network.preprocess.std = {0.5f};
  return network;
}

}  // namespace

Architecture mobilenet_v2_architecture() {
  return {"mobilenet_v2", matches, build};
}

}  // namespace fovea::model
