#include "fovea/model.h"

#include <algorithm>

#include "array/shape.h"
#include "base/threads.h"
#include "model/metadata.h"
#include "model/on_device.h"
#include "model/output_layer.h"
#include "model/precision.h"
#include "model/shapes.h"
#include "model/state.h"

namespace fovea {
namespace {

std::shared_ptr<ModelState> variation(const ModelState& from) {
  auto state = std::make_shared<ModelState>();
  state->name = from.name;
  state->architecture = from.architecture;
  state->fingerprint = from.fingerprint;
  state->preprocess = from.preprocess;
  state->labels = from.labels;
  state->graph = from.graph;
  state->classes = from.classes;
  state->parameters = from.parameters;
  state->precision = from.precision;
  state->calibration = from.calibration;
  state->device = from.device;
  return state;
}

void check_precision(Precision precision, Device device) {
  if (const std::string wanted = model::precision_unavailable(precision, device); !wanted.empty())
    throw Error(Errc::unsupported, std::string(name(precision)) + ": expected " + wanted + "; use f32");
}

std::shared_ptr<const model::Graph> lowered(const ModelState& state) {
  const model::Graph& graph = *state.graph;
  const auto kept = [](model::Graph made) { return std::make_shared<const model::Graph>(std::move(made)); };
  switch (state.precision) {
    case Precision::bf16:
      return kept(model::lower_to_half(graph, DType::bf16));
    case Precision::f16:
      return kept(model::lower_to_half(graph, DType::f16));
    case Precision::int8:
      return kept(model::lower_to_int8(graph, *state.calibration, state.preprocess));
    default:
      return state.graph;
  }
}

}  // namespace

std::string_view name(Precision precision) {
  constexpr std::string_view names[] = {"f32", "bf16", "int8", "f16"};
  return names[static_cast<std::size_t>(precision)];
}

void ModelState::make_sessions() {
  const std::int64_t side = preprocess.crop;
  const Shape shape = model::infer_shapes(*graph, {1, graph->channels, side, side}).back().output.shape;
  output.assign(shape.begin() + 1, shape.end());
  values = extent_product(output);
  lowered = fovea::lowered(*this);
  if (device == Device::cpu()) {
    sessions = std::make_unique<model::SessionPool>(*lowered, side);
    return;
  }
  lowered = std::make_shared<const model::Graph>(model::on_device(*lowered, device));
  streams = std::make_unique<model::StreamSession>(*lowered, side, values, device);
}

const std::string& Model::name() const {
  return state_->name;
}
const std::string& Model::architecture() const {
  return state_->architecture;
}
const std::string& Model::fingerprint() const {
  return state_->fingerprint;
}
const Preprocess& Model::preprocess() const {
  return state_->preprocess;
}
const std::vector<std::string>& Model::labels() const {
  return state_->labels;
}
int Model::classes() const {
  return state_->classes;
}
std::int64_t Model::parameters() const {
  return state_->parameters;
}

Shape Model::output() const {
  return state_->output;
}

Model Model::with_labels(std::vector<std::string> labels) const {
  if (static_cast<int>(labels.size()) != classes())
    throw Error(Errc::model_format, "labels: expected " + std::to_string(classes()) + " for this model, got " +
                                        std::to_string(labels.size()));
  auto state = variation(*state_);
  state->labels = std::move(labels);
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Model Model::with_preprocess(Preprocess preprocess) const {
  model::check_preprocess(preprocess);
  const model::Graph& graph = *state_->graph;
  if (preprocess.channels != graph.channels)
    throw Error(Errc::invalid_argument, "preprocess: expected " + std::to_string(graph.channels) + " channels, got " +
                                            std::to_string(preprocess.channels));
  auto state = variation(*state_);
  state->preprocess = std::move(preprocess);
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Model Model::with_output(const std::string& layer, Pooling pooling) const {
  model::Graph graph = model::up_to(*state_->graph, model::output_layer(*state_->graph, layer));
  const std::int64_t side = state_->preprocess.crop;
  const Shape shape = model::infer_shapes(graph, {1, graph.channels, side, side}).back().output.shape;
  if (pooling == Pooling::average && shape.size() == 4)
    graph.add({graph.nodes.back().name + ".mean", "global_avg_pool", {}, {static_cast<int>(graph.nodes.size()) - 1}});
  auto state = variation(*state_);
  state->graph = std::make_shared<const model::Graph>(std::move(graph));
  state->classes = 0;
  state->labels.clear();
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Model Model::with_precision(Precision precision) const {
  if (precision == Precision::int8)
    throw Error(Errc::unsupported, "model: expected a calibration for int8, got none; use with_int8()");
  if (precision == state_->precision) return *this;
  check_precision(precision, state_->device);
  auto state = variation(*state_);
  state->precision = precision;
  state->calibration = nullptr;
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Model Model::with_int8(const Calibration& calibration) const {
  check_precision(Precision::int8, state_->device);
  if (calibration.fingerprint != fingerprint())
    throw Error(Errc::model_format, "calibration: expected one of " + name() + " (sha256 " + fingerprint() +
                                        "), got one of a model of sha256 " + calibration.fingerprint);
  auto state = variation(*state_);
  state->precision = Precision::int8;
  state->calibration = std::make_shared<const Calibration>(calibration);
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Precision Model::precision() const {
  return state_->precision;
}

const Calibration* Model::calibration() const {
  return state_->calibration.get();
}

Model Model::to(Device device) const {
  if (device == state_->device) return *this;
  check_precision(state_->precision, device);
  if (device != Device::cpu()) {
    if (const std::string reason = ops::unusable_reason(device); !reason.empty())
      throw Error(Errc::device, "model: expected a device with ops, got " + device.name() + ": " + reason);
  }
  auto state = variation(*state_);
  state->device = device;
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

Device Model::device() const {
  return state_->device;
}

DeviceRuns Model::device_runs() const {
  return state_->streams ? state_->streams->counts() : DeviceRuns{};
}

std::vector<LayerInfo> Model::layers() const {
  const std::int64_t side = state_->preprocess.crop;
  const auto inferred = model::infer_shapes(*state_->graph, {1, state_->graph->channels, side, side});
  std::vector<LayerInfo> layers;
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    const model::Node& node = state_->graph->nodes[i];
    const Shape& shape = inferred[i].output.shape;
    LayerInfo info{node.name, node.op, Shape(shape.begin() + 1, shape.end()), 0, 0};
    for (const model::Operand& operand : node.inputs)
      if (operand.node == model::Operand::is_constant) info.parameters += operand.constant.size();
    if (node.op == "conv2d" || node.op == "linear") {
      const Array& weight = node.inputs[1].constant;
      const std::int64_t places = shape.size() == 4 ? shape[2] * shape[3] : 1;
      info.multiply_adds = weight.size() * places;
    }
    layers.push_back(std::move(info));
  }
  return layers;
}

Array Model::run(const Array& batch, int threads) const {
  const Shape& shape = batch.shape();
  const std::int64_t side = state_->preprocess.crop;
  if (batch.dtype() != DType::f32 || shape.size() != 4 || shape[1] != state_->graph->channels || shape[2] != side ||
      shape[3] != side)
    throw Error(Errc::invalid_argument, "model: expected f32 " + to_string({-1, state_->graph->channels, side, side}) +
                                            ", got " + std::string(fovea::name(batch.dtype())) + " " +
                                            to_string(shape));
  const Device device = state_->device;
  if (batch.device() != Device::cpu() && batch.device() != device)
    throw Error(Errc::invalid_argument, "model: expected pictures on the host or the model's device, " + device.name() +
                                            ", got some on " + batch.device().name() + "; use to()");
  const Array input = batch.contiguous() || batch.device() != Device::cpu() ? batch : batch.copy();
  const std::int64_t count = shape[0];
  const Array logits = Array::empty({count, state_->values}, DType::f32);
  if (state_->streams) {
    if (count > 0) state_->streams->run(input, logits);
    return logits;
  }
  const int usable = threads > 0 ? std::min(threads, usable_threads()) : usable_threads();
  if (count < usable || usable == 1) {
    if (count > 0) state_->sessions->borrow()->run(input, logits, usable);
    return logits;
  }
  // One single-threaded executor a core on its own share of the batch: no barriers between layers.
  const ThreadLimit limit(usable);
  parallel_for(usable, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t from = count * begin / usable, to = count * end / usable;
    if (from < to) state_->sessions->borrow()->run(input.slice(0, {from, to}), logits.slice(0, {from, to}), 1);
  });
  return logits;
}

}  // namespace fovea
