#include "model/architecture/architecture.h"
#include "model/residual.h"

namespace fovea::model {
namespace {

// He et al., Deep Residual Learning for Image Recognition, 2015, with the names of torchvision.models.resnet: a stem of
// stride 4, four stages of basic (two 3x3) or bottleneck (1x1, 3x3, 1x1) blocks, the stride on the 3x3.
bool matches(const StateDict& dict) {
  return dict.tensors.count("layer4.0.conv1.weight") && dict.tensors.count("fc.weight") &&
         dict.tensors.count("conv1.weight");
}

int block(ResidualBuilder& net, const std::string& name, int x, std::int64_t stride) {
  const bool bottleneck = net.has(name + ".conv3.weight");
  int y = net.relu(name + ".relu1", net.conv_bn(name + ".conv1", name + ".bn1", x, bottleneck ? 1 : stride));
  y = net.conv_bn(name + ".conv2", name + ".bn2", y, bottleneck ? stride : 1);
  if (bottleneck) y = net.conv_bn(name + ".conv3", name + ".bn3", net.relu(name + ".relu2", y), 1);
  if (net.has(name + ".downsample.0.weight"))
    x = net.conv_bn(name + ".downsample.0", name + ".downsample.1", x, stride);
  return net.relu(name + ".relu", net.add(name + ".add", y, x));
}

std::string variant(const std::vector<int>& blocks, bool bottleneck) {
  const std::vector<int> small{2, 2, 2, 2}, middle{3, 4, 6, 3}, large{3, 4, 23, 3}, largest{3, 8, 36, 3};
  if (!bottleneck && blocks == small) return "resnet18";
  if (blocks == middle) return bottleneck ? "resnet50" : "resnet34";
  if (bottleneck && blocks == large) return "resnet101";
  if (bottleneck && blocks == largest) return "resnet152";
  int layers = 2;
  for (int count : blocks) layers += count * (bottleneck ? 3 : 2);
  return "resnet" + std::to_string(layers);
}

Network build(const StateDict& dict) {
  Network network;
  ResidualBuilder net(dict, network.graph);
  network.graph.channels = static_cast<int>(net.tensor("conv1.weight", 4).shape()[1]);
  int x = net.relu("relu", net.conv_bn("conv1", "bn1", Graph::input, 2));
  x = net.pool_max("maxpool", x, 3, 2, 1);
  std::vector<int> blocks;
  for (int stage = 1; stage <= 4; ++stage) {
    const std::string prefix = "layer" + std::to_string(stage) + ".";
    blocks.push_back(net.count_blocks(prefix));
    for (int k = 0; k < blocks.back(); ++k) x = block(net, prefix + std::to_string(k), x, stage > 1 && k == 0 ? 2 : 1);
  }
  net.linear("fc", net.pool_average("avgpool", x));
  network.architecture = variant(blocks, net.has("layer1.0.conv3.weight"));
  network.preprocess.channels = network.graph.channels;
  if (network.graph.channels == 1) network.preprocess.mean = {0.5f}, network.preprocess.std = {0.5f};
  return network;
}

}  // namespace

Architecture resnet_architecture() {
  return {"resnet", matches, build};
}

}  // namespace fovea::model
