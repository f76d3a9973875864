#include "model/architecture/architecture.h"
#include "model/residual.h"

namespace fovea::model {
namespace {

// The CIFAR family of the same paper, section 4.2: 3x3 stem of stride 1, three stages of basic blocks, 6n + 2 layers.
// Shortcuts that change shape have no parameters (option A) unless the file holds a 1x1 convolution for them (option
// B).
bool matches(const StateDict& dict) {
  const auto stem = dict.tensors.find("conv1.weight");
  return stem != dict.tensors.end() && stem->second.ndim() == 4 && stem->second.shape()[2] == 3 &&
         dict.tensors.count("layer3.0.conv1.weight") && !dict.tensors.count("layer4.0.conv1.weight") &&
         (dict.tensors.count("linear.weight") || dict.tensors.count("fc.weight"));
}

int shortcut(ResidualBuilder& net, Graph& graph, const std::string& name, int x, std::int64_t stride) {
  for (const char* path : {".shortcut", ".downsample"})
    if (net.has(name + path + ".0.weight")) return net.conv_bn(name + path + ".0", name + path + ".1", x, stride);
  const std::int64_t in = net.tensor(name + ".conv1.weight", 4).shape()[1],
                     out = net.tensor(name + ".conv2.weight", 4).shape()[0];
  if (in == out && stride == 1) return x;
  if (out < in)
    throw Error(Errc::model_format,
                "model: " + name + ": expected at least as many channels out as in, got " + std::to_string(out));
  const std::int64_t before = (out - in) / 2;
  return graph.add({name + ".shortcut",
                    "subsample_pad",
                    {{"stride", stride}, {"before", before}, {"after", out - in - before}},
                    {x}});
}

int block(ResidualBuilder& net, Graph& graph, const std::string& name, int x, std::int64_t stride) {
  // The shortcut first, so that the last convolution can add it.
  const int passed = shortcut(net, graph, name, x, stride);
  int y = net.relu(name + ".relu1", net.conv_bn(name + ".conv1", name + ".bn1", x, stride));
  y = net.conv_bn(name + ".conv2", name + ".bn2", y, 1);
  return net.relu(name + ".relu", net.add(name + ".add", y, passed));
}

Network build(const StateDict& dict) {
  Network network;
  ResidualBuilder net(dict, network.graph);
  network.graph.channels = static_cast<int>(net.tensor("conv1.weight", 4).shape()[1]);
  int x = net.relu("relu", net.conv_bn("conv1", "bn1", Graph::input, 1));
  int layers = 2;
  for (int stage = 1; stage <= 3; ++stage) {
    const std::string prefix = "layer" + std::to_string(stage) + ".";
    const int blocks = net.count_blocks(prefix);
    layers += 2 * blocks;
    for (int k = 0; k < blocks; ++k)
      x = block(net, network.graph, prefix + std::to_string(k), x, stage > 1 && k == 0 ? 2 : 1);
  }
  net.linear(net.has("linear.weight") ? "linear" : "fc", net.pool_average("avgpool", x));
  network.architecture = "cifar-resnet" + std::to_string(layers);
  network.preprocess.resize = network.preprocess.crop = 32;
  network.preprocess.channels = network.graph.channels;
  if (network.graph.channels == 1) network.preprocess.mean = {0.5f}, network.preprocess.std = {0.5f};
  return network;
}

}  // namespace

Architecture cifar_resnet_architecture() {
  return {"cifar_resnet", matches, build};
}

}  // namespace fovea::model
