#include "model/on_device.h"

namespace fovea::model {

Graph on_device(const Graph& graph, Device device) {
  Graph moved = graph;
  std::map<const std::byte*, Array> copies;
  for (Node& node : moved.nodes)
    for (Operand& operand : node.inputs) {
      const Array& constant = operand.constant;
      if (operand.node != Operand::is_constant || constant.size() == 0 || constant.device() == device) continue;
      const auto [at, fresh] = copies.try_emplace(constant.data());
      if (fresh) at->second = constant.to(device);
      operand.constant = at->second;
    }
  return moved;
}

}  // namespace fovea::model
