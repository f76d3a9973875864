#include "model/network_runs.h"

namespace fovea::model {

Array first(const Array& array, std::int64_t count) {
  return array.slice(0, {0, count});
}

bool memory_ran_out(const Error& error) {
  return error.code() == Errc::device_memory || error.code() == Errc::out_of_memory ||
         error.code() == Errc::limit_memory;
}

Slot::Slot(const Shape& in, const Shape& out, Device device, const std::shared_ptr<Memory>& memory)
    : host_input(Array::empty(in, DType::f32, pinned_memory(device))),
      input(Array::empty(in, DType::f32, memory)),
      output(Array::empty(out, DType::f32, memory)),
      host_output(Array::empty(out, DType::f32, pinned_memory(device))) {}

NetworkRuns::Stage::Stage(const Graph& graph, const Shape& input, ops::WeightCache& weights, Device device,
                          const std::shared_ptr<Memory>& memory)
    : plan(graph, input, weights, device),
      arena(Array::empty({static_cast<std::int64_t>(plan.arena_bytes())}, DType::u8, memory)) {}

NetworkRuns::NetworkRuns(const Graph& graph, std::int64_t side, Device device, std::shared_ptr<Memory> memory)
    : graph_(graph), side_(side), device_(device), memory_(std::move(memory)) {}

void NetworkRuns::run(Stage& stage, Slot& slot, std::int64_t bucket, const Stream& stream) {
  const Array output = first(slot.output, bucket);
  copy(stage.plan.enqueue(first(slot.input, bucket), stage.arena.data(), stream).reshape(output.shape()), output,
       stream);
}

void NetworkRuns::enqueue(Slot& slot, std::int64_t bucket, const Stream& stream, DeviceRuns& counts) {
  const Shape input{bucket, graph_.channels, side_, side_};
  Stage& stage = stages_.try_emplace(bucket, graph_, input, weights_, device_, memory_).first->second;
  if (!stage.ran) {
    run(stage, slot, bucket, stream);
    stage.ran = true;
    ++(memory_ran_out_ ? counts.first_after_out_of_memory : counts.first_of_size);
    return;
  }
  auto graph = slot.graphs.find(bucket);
  if (graph == slot.graphs.end() && recordable_) {
    try {
      const fovea::Graph recorded = fovea::Graph::record(stream, [&] { run(stage, slot, bucket, stream); });
      graph = slot.graphs.try_emplace(bucket, recorded.instantiate()).first;
    } catch (const Error& error) {
      if (memory_ran_out(error) || error.code() == Errc::device_lost) throw;
      recordable_ = false;
      counts.not_recordable_because = error.what();
    }
  }
  if (graph == slot.graphs.end()) {
    run(stage, slot, bucket, stream);
    ++counts.not_recordable;
  } else {
    graph->second.launch(stream);
    ++counts.graph_launches;
  }
}

void NetworkRuns::clear(bool out_of_memory) {
  stages_.clear();
  memory_ran_out_ = memory_ran_out_ || out_of_memory;
}

}  // namespace fovea::model
