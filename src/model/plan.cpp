#include "model/plan.h"

#include <algorithm>

#include "device/current.h"
#include "device/profiler.h"
#include "ops/dispatch/enqueue.h"

namespace fovea::model {
namespace {

constexpr std::size_t alignment = 64;

std::size_t byte_count(const Shape& shape, DType dtype) {
  std::size_t bytes = size_of(dtype);
  for (std::int64_t extent : shape) bytes *= static_cast<std::size_t>(extent);
  return (bytes + alignment - 1) / alignment * alignment;
}

// The max_pool2d that follows a node and alone reads it.
const InferredNode* pool_behind(const Graph& graph, const std::vector<InferredNode>& inferred, std::size_t node) {
  const std::size_t next = node + 1;
  if (next >= graph.nodes.size() || graph.nodes[next].op != "max_pool2d") return nullptr;
  for (std::size_t i = next; i < graph.nodes.size(); ++i)
    for (const Operand& operand : graph.nodes[i].inputs)
      if ((operand.node == static_cast<int>(node)) != (i == next)) return nullptr;
  return &inferred[next];
}

}  // namespace

Plan::Plan(const Graph& graph, const Shape& input, ops::WeightCache& weights, Device device) : device_(device) {
  const profiler::Scope span(Activity::stage, "plan network");
  const OnDevice current(device);
  const std::vector<InferredNode> inferred = infer_shapes(graph, input);
  std::vector<Operand> results;  // by node: the step that makes it
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    std::vector<Operand> operands;
    for (const Operand& operand : graph.nodes[i].inputs)
      operands.push_back(operand.node >= 0 ? results[static_cast<std::size_t>(operand.node)] : operand);
    bool pooled = false;
    const auto add = [&] {
      return add_step(*inferred[i].op, inferred[i].params.get(), operands, input, inferred[i].output, weights,
                      graph.nodes[i].choice, pool_behind(graph, inferred, i), &pooled);
    };
    try {
      results.push_back(add());
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported) throw;
      // No kernel takes the operands as they are stored: the plain ones take all when none is in blocks.
      for (Operand& operand : operands) operand = plain(operand, input, weights);
      results.push_back(add());
    }
    steps_.back().node = static_cast<int>(i);
    if (!pooled) continue;
    steps_.back().nodes = 2;
    results.push_back(results.back());
    ++i;
  }
  plain(static_cast<int>(steps_.size()) - 1, input, weights);
  steps_.back().last_use = static_cast<int>(steps_.size());
  place();
}

Operand Plan::add_step(const ops::Op& op, const void* params, std::vector<Operand> operands, const Shape& input,
                       ops::TensorSpec output, ops::WeightCache& weights, const ops::Choice& choice,
                       const InferredNode* pool, bool* pooled) {
  std::vector<ops::TensorSpec> specs;
  std::vector<Array> constants;
  for (const Operand& operand : operands) {
    const Array& constant = operand.constant;
    specs.push_back(operand.node == Operand::network_input ? ops::TensorSpec{DType::f32, input}
                    : operand.node == Operand::is_constant ? ops::TensorSpec{constant.dtype(), constant.shape()}
                                                           : steps_[static_cast<std::size_t>(operand.node)].spec);
    constants.push_back(constant);
  }
  ops::Call call{params, specs, std::move(output), constants, &weights, choice};
  const ops::Row& row = ops::registry().find(op, call, device_.kind);
  const auto index = static_cast<int>(steps_.size());
  for (const Operand& operand : operands)
    if (operand.node >= 0) steps_[static_cast<std::size_t>(operand.node)].last_use = index;
  std::unique_ptr<ops::Kernel> kernel;
  if (pool && row.prepare_pooled) {
    ops::TensorSpec maxima = pool->output;
    maxima.block = call.output.block;
    kernel = row.prepare_pooled(call, {pool->params.get(), std::span(&call.output, 1), maxima});
    *pooled = kernel != nullptr;
    if (kernel) call.output = maxima;
  }
  if (!kernel) kernel = row.prepare(call);
  const Shape stored = ops::stored_shape(call.output);
  const std::size_t bytes = byte_count(stored, call.output.dtype);
  steps_.push_back({&row, std::move(kernel), std::move(operands), call.output, stored, bytes, 0, index});
  return index;
}

Operand Plan::plain(const Operand& operand, const Shape& input, ops::WeightCache& weights) {
  if (operand.node < 0 || steps_[static_cast<std::size_t>(operand.node)].spec.block == 1) return operand;
  const ops::TensorSpec blocked = steps_[static_cast<std::size_t>(operand.node)].spec;
  const ops::Op& unblock = ops::registry().op("unblock");
  const std::shared_ptr<void> none = unblock.bind(unblock, {});
  return add_step(unblock, none.get(), {operand}, input, {blocked.dtype, blocked.shape}, weights);
}

// The operand that the step may overwrite dies there, has its size and is no other operand as well.
bool Plan::works_in_place(std::size_t step) const {
  const std::vector<Operand>& operands = steps_[step].operands;
  const int which = steps_[step].kernel->in_place();
  const int from = which < 0 ? -1 : operands[static_cast<std::size_t>(which)].node;
  if (from < 0) return false;
  const auto reads = std::count_if(operands.begin(), operands.end(), [&](const Operand& o) { return o.node == from; });
  const Step& operand = steps_[static_cast<std::size_t>(from)];
  return reads == 1 && operand.last_use == static_cast<int>(step) && operand.bytes == steps_[step].bytes;
}

// Each result takes the lowest gap that no living result touches, or its operand's place.
void Plan::place() {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (works_in_place(i)) {
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

void Plan::bind(std::byte* arena) {
  if (bound_ == arena) return;
  results_.clear();
  for (const Step& step : steps_)
    results_.push_back(Array::borrow(arena + step.offset, step.shape, step.spec.dtype, nullptr, device_));
  bound_ = arena;
}

void Plan::collect(std::size_t step, const Array& input, std::vector<Array>& operands) const {
  operands.clear();
  for (const Operand& operand : steps_[step].operands)
    operands.push_back(operand.node == Operand::network_input ? input
                       : operand.node == Operand::is_constant ? operand.constant
                                                              : results_[static_cast<std::size_t>(operand.node)]);
}

Array Plan::run(const Array& input, std::byte* arena) {
  bind(arena);
  std::vector<Array> operands;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    collect(i, input, operands);
    const profiler::Scope span(Activity::op, steps_[i].row->op, steps_[i].row->variant);
    steps_[i].kernel->run(Queue{}, operands, results_[i]);
  }
  return results_.back();
}

Array Plan::run_timed(const Array& input, std::byte* arena, std::vector<double>& seconds) {
  bind(arena);
  std::vector<Array> operands;
  seconds.assign(steps_.size(), 0);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    collect(i, input, operands);
    const std::int64_t begin = profiler::now();
    steps_[i].kernel->run(Queue{}, operands, results_[i]);
    seconds[i] = static_cast<double>(profiler::now() - begin) * 1e-9;
  }
  return results_.back();
}

std::vector<Plan::StepInfo> Plan::steps() const {
  std::vector<StepInfo> infos;
  for (const Step& step : steps_)
    infos.push_back({step.node, step.nodes, std::string(step.row->op), std::string(step.row->variant),
                     step.kernel->method(), step.spec.shape});
  return infos;
}

Array Plan::enqueue(const Array& input, std::byte* arena, const Stream& stream) {
  bind(arena);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    std::vector<Array> operands;
    collect(i, input, operands);
    ops::enqueue(steps_[i].kernel, *steps_[i].row, std::move(operands), results_[i], stream);
  }
  return results_.back();
}

}  // namespace fovea::model
