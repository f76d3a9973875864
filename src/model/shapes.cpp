#include "model/shapes.h"

namespace fovea::model {

std::vector<InferredNode> infer_shapes(const Graph& graph, const Shape& input) {
  std::vector<InferredNode> inferred;
  inferred.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    try {
      const ops::Op& op = ops::registry().op(node.op);
      InferredNode result{&op, op.bind(op, node.params), {}, {}};
      for (const Operand& operand : node.inputs) {
        if (operand.node == Operand::network_input)
          result.inputs.push_back({DType::f32, input});
        else if (operand.node == Operand::is_constant)
          result.inputs.push_back({operand.constant.dtype(), operand.constant.shape()});
        else
          result.inputs.push_back(inferred[static_cast<std::size_t>(operand.node)].output);
      }
      result.output = op.infer(result.params.get(), result.inputs);
      inferred.push_back(std::move(result));
    } catch (const Error& error) {
      throw Error(Errc::model_format, "model: " + node.name + ": " + error.what());
    }
  }
  return inferred;
}

}  // namespace fovea::model
