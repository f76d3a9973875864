#pragma once
#include <optional>

#include "ops/cuda/conv2d_graph.h"

namespace fovea::ops::cuda {

// One of cuDNN's ways to compute a graph, with its settings.
struct GraphEngine {
  std::int64_t index = 0;
  std::vector<std::pair<cudnnBackendKnobType_t, std::int64_t>> knobs;
};

// Whether the engine sums in f32 what its operands are, in the same order each time.
inline bool faithful(const GraphObject& engine) {
  constexpr std::size_t most_notes = 64;
  for (const auto note : engine.values<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, most_notes))
    if (note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS || note == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION ||
        note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)
      return false;
  return true;
}

// Of the graph, those that cuDNN thinks fastest first.
inline std::vector<GraphEngine> engines(const ConvolutionGraph& graph, GraphTarget target) {
  std::vector<GraphEngine> found;
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    GraphObject heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristic.refer(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.graph());
    heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, {mode});
    if (target.properties) heuristic.refer(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target.properties);
    if (!heuristic.finalize()) continue;
    for (const GraphObject& config :
         heuristic.objects(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR)) {
      const std::vector<GraphObject> engine =
          config.objects(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
      if (engine.empty() || !faithful(engine[0])) continue;
      GraphEngine one{engine[0].values<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, 1).at(0), {}};
      for (const GraphObject& knob :
           config.objects(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR))
        one.knobs.emplace_back(knob.values<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, 1).at(0),
                               knob.values<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, 1).at(0));
      found.push_back(std::move(one));
    }
  }
  return found;
}

// A graph made ready for its target. Any thread may run it, with a handle of its own.
class ConvolutionPlan {
 public:
  // Nothing where the engine cannot compute the graph.
  static std::optional<ConvolutionPlan> make(const ConvolutionGraph& graph, const GraphEngine& from,
                                             GraphTarget target) {
    GraphObject engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    engine.refer(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph.graph());
    engine.set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, {from.index});
    if (target.properties) engine.refer(CUDNN_ATTR_ENGINE_DEVICEPROP, *target.properties);
    if (!engine.finalize()) return std::nullopt;
    std::vector<GraphObject> knobs;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const auto& [type, value] : from.knobs) {
      GraphObject& knob = knobs.emplace_back(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
      knob.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, {type});
      knob.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, {value});
      if (!knob.finalize()) return std::nullopt;
      raw.push_back(knob.get());
    }
    GraphObject config(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    config.refer(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
    if (!raw.empty()) config.refer(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, raw);
    if (!config.finalize()) return std::nullopt;
    ConvolutionPlan plan;
    plan.plan_.refer(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    if (target.properties)
      plan.plan_.refer(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.properties);
    else
      plan.plan_.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, {target.handle});
    if (!plan.plan_.finalize()) return std::nullopt;
    plan.workspace_ = plan.plan_.values<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, 1).at(0);
    return plan;
  }

  std::int64_t workspace() const { return workspace_; }  // bytes

  // Work of the handle's stream. `data` in the order of ConvolutionGraph::Operand, null where there is none.
  void run(cudnnHandle_t handle, const std::array<void*, 5>& data, void* workspace) const {
    std::vector<std::int64_t> ids;
    std::vector<void*> pointers;
    for (std::size_t k = 0; k < data.size(); ++k)
      if (data[k]) ids.push_back(static_cast<std::int64_t>(k) + ConvolutionGraph::x), pointers.push_back(data[k]);
    GraphObject operands(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    operands.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const std::int64_t>(ids));
    operands.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, pointers.size(), pointers.data());
    operands.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace);
    if (!operands.finalize()) throw Error(Errc::device, "conv2d: expected cuDNN to take its operands, got a refusal");
    check_cudnn(Cudnn::get().execute(handle, plan_.get(), operands.get()), "convolve");
  }

 private:
  ConvolutionPlan() = default;
  GraphObject plan_{CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR};
  std::int64_t workspace_ = 0;
};

}  // namespace fovea::ops::cuda
