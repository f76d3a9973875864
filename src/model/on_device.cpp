#include "model/on_device.h"

#include <map>
#include <tuple>

namespace fovea::model {

Graph on_device(const Graph& graph, Device device) {
  Graph moved = graph;
  std::map<std::tuple<const std::byte*, DType, Shape, Shape>, Array> copies;  // views of the same bytes may differ
  for (Node& node : moved.nodes)
    for (Operand& operand : node.inputs) {
      const Array& constant = operand.constant;
      if (operand.node != Operand::is_constant || constant.size() == 0 || constant.device() == device) continue;
      const auto [at, fresh] =
          copies.try_emplace({constant.data(), constant.dtype(), constant.shape(), constant.strides()});
      if (fresh) at->second = constant.to(device);
      operand.constant = at->second;
    }
  return moved;
}

}  // namespace fovea::model
