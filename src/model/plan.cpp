#include "model/plan.h"

#include <algorithm>

#include "model/shapes.h"

namespace fovea::model {
namespace {

constexpr std::size_t alignment = 64;

std::size_t byte_count(const Shape& shape, DType dtype) {
  std::size_t bytes = size_of(dtype);
  for (std::int64_t extent : shape) bytes *= static_cast<std::size_t>(extent);
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

Plan::Plan(const Graph& graph, const Shape& input, ops::WeightCache& weights) {
  const std::vector<InferredNode> inferred = infer_shapes(graph, input);
  std::vector<int> blocks(inferred.size(), 1);
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    const Node& node = graph.nodes[i];
    std::vector<ops::TensorSpec> specs = inferred[i].inputs;
    std::vector<Array> constants(specs.size());
    for (std::size_t k = 0; k < specs.size(); ++k) {
      const Operand& operand = node.inputs[k];
      if (operand.node >= 0) specs[k].block = blocks[static_cast<std::size_t>(operand.node)];
      constants[k] = operand.constant;
    }
    ops::Call call{inferred[i].params.get(), specs, inferred[i].output, constants, &weights};
    const ops::Row& row = ops::registry().find(*inferred[i].op, call, Device::Kind::cpu);
    blocks[i] = call.output.block;
    const Shape stored = ops::stored_shape(call.output);
    steps_.push_back({row.prepare(call), node.inputs, stored, call.output.dtype, byte_count(stored, call.output.dtype),
                      0, static_cast<int>(i)});
    for (const Operand& operand : node.inputs)
      if (operand.node >= 0) steps_[static_cast<std::size_t>(operand.node)].last_use = static_cast<int>(i);
  }
  steps_.back().last_use = static_cast<int>(steps_.size());
  std::vector<bool> may_share(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const int shared = steps_[i].kernel->in_place();
    const int from = shared < 0 ? -1 : steps_[i].operands[static_cast<std::size_t>(shared)].node;
    may_share[i] = from >= 0 && steps_[static_cast<std::size_t>(from)].last_use == static_cast<int>(i) &&
                   steps_[static_cast<std::size_t>(from)].bytes == steps_[i].bytes;
  }
  place(may_share);
}

// Each result takes the lowest gap that no living result touches; one that may work in place takes its operand's place.
void Plan::place(const std::vector<bool>& may_share) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (may_share[i]) {
      const int operand = step.operands[static_cast<std::size_t>(step.kernel->in_place())].node;
      step.offset = steps_[static_cast<std::size_t>(operand)].offset;
      continue;
    }
    std::vector<std::pair<std::size_t, std::size_t>> taken;
    for (std::size_t k = 0; k < i; ++k)
      if (steps_[k].last_use >= static_cast<int>(i))
        taken.emplace_back(steps_[k].offset, steps_[k].offset + steps_[k].bytes);
    std::sort(taken.begin(), taken.end());
    std::size_t offset = 0;
    for (const auto& [begin, end] : taken) {
      if (offset + step.bytes <= begin) break;
      offset = std::max(offset, end);
    }
    step.offset = offset;
    arena_bytes_ = std::max(arena_bytes_, offset + step.bytes);
  }
}

Array Plan::run(const Array& input, std::byte* arena) {
  if (bound_ != arena) {
    results_.clear();
    for (const Step& step : steps_)
      results_.push_back(Array::borrow(arena + step.offset, step.shape, step.dtype, nullptr));
    bound_ = arena;
  }
  std::vector<Array> operands;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    operands.clear();
    for (const Operand& operand : steps_[i].operands)
      operands.push_back(operand.node == Operand::network_input ? input
                         : operand.node == Operand::is_constant ? operand.constant
                                                                : results_[static_cast<std::size_t>(operand.node)]);
    steps_[i].kernel->run(Queue{}, operands, results_[i]);
  }
  return results_.back();
}

}  // namespace fovea::model
