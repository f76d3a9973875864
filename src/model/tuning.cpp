#include "fovea/tuning.h"

#include <algorithm>
#include <random>

#include "base/threads.h"
#include "fovea/limits.h"
#include "model/choices.h"
#include "model/plan.h"
#include "model/shapes.h"
#include "model/state.h"
#include "ops/onednn.h"

namespace fovea {

// What the functions of this file see of a model.
class Tuner {
 public:
  explicit Tuner(const Model& model) : state_(*model.state_) {}

  const model::Graph& graph() const { return *state_.graph; }
  std::int64_t side() const { return state_.preprocess.crop; }

  static Model with_graph(const Model& model, model::Graph graph) {
    Model changed = model.with_preprocess(model.preprocess());
    const auto state = std::const_pointer_cast<ModelState>(changed.state_);
    state->graph = std::make_shared<const model::Graph>(std::move(graph));
    state->make_sessions();
    return changed;
  }

 private:
  const ModelState& state_;
};

namespace {

Array random_pictures(int count, int channels, std::int64_t side) {
  Array pictures = Array::empty({count, channels, side, side}, DType::f32);
  std::mt19937 generator(1);
  std::normal_distribution<float> values;
  for (float& value : pictures.span<float>()) value = values(generator);
  return pictures;
}

void require_cpu(const char* where, const Model& model) {
  if (model.device() != Device::cpu())
    throw Error(Errc::invalid_argument,
                std::string(where) + ": expected a model on the CPU, got one on " + model.device().name());
}

// A graph's steps, timed by the calling thread and its helpers.
struct Timed {
  std::vector<model::Plan::StepInfo> steps;
  std::vector<double> seconds;
};
Timed time_plan(const model::Graph& graph, const Array& pictures, int threads, int rounds, ops::WeightCache& weights) {
  const ThreadLimit limit(threads);
  ops::onednn::set_threads(threads);
  model::Plan plan(graph, pictures.shape(), weights);
  const Array arena = Array::empty({static_cast<std::int64_t>(plan.arena_bytes())}, DType::u8);
  plan.run(pictures, arena.data());
  std::vector<std::vector<double>> all;
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    plan.run_timed(pictures, arena.data(), seconds);
    all.resize(seconds.size());
    for (std::size_t i = 0; i < seconds.size(); ++i) all[i].push_back(seconds[i]);
  }
  Timed timed{plan.steps(), {}};
  for (const std::vector<double>& values : all) timed.seconds.push_back(spread_of(values).median);
  return timed;
}

// The time of the step that computes a node.
double seconds_of(const Timed& timed, int node) {
  for (std::size_t i = 0; i < timed.steps.size(); ++i)
    if (timed.steps[i].node == node) return timed.seconds[i];
  return 0;
}

const model::Plan::StepInfo* step_of(const Timed& timed, int node) {
  for (const model::Plan::StepInfo& step : timed.steps)
    if (step.node == node) return &step;
  return nullptr;
}

}  // namespace

StepTimes time_steps(const Model& model, int pictures, int threads, int rounds) {
  require_cpu("time_steps", model);
  if (pictures < 1 || pictures > 64 || rounds < 1 || rounds > 1000 || threads < 0)
    throw Error(Errc::invalid_argument,
                "time_steps: expected 1 to 64 pictures, 1 to 1000 rounds and threads of at least 0");
  const Tuner tuner(model);
  ops::WeightCache weights;
  StepTimes times{pictures, threads > 0 ? std::min(threads, usable_threads()) : usable_threads(), rounds, {}, 0, 0};
  times.operations_limit = multiply_add_limit(DType::f32, {.threads = times.threads});
  const Timed timed = time_plan(tuner.graph(), random_pictures(pictures, tuner.graph().channels, tuner.side()),
                                times.threads, rounds, weights);
  const std::vector<LayerInfo> layers = model.layers();
  for (std::size_t i = 0; i < timed.steps.size(); ++i) {
    const model::Plan::StepInfo& step = timed.steps[i];
    StepTime time{{}, step.op, step.variant, step.method, step.output, timed.seconds[i], 0};
    for (int node = step.node; step.node >= 0 && node < step.node + step.nodes; ++node) {
      const LayerInfo& layer = layers[static_cast<std::size_t>(node)];
      time.layers.push_back(layer.name);
      time.operations += 2.0 * static_cast<double>(layer.multiply_adds) * pictures;
    }
    times.seconds += time.seconds;
    times.steps.push_back(std::move(time));
  }
  return times;
}

Tuning tune(const Model& model, TuningGoal goal) {
  require_cpu("tune", model);
  const Tuner tuner(model);
  Tuning tuning{tuning_file(model), {}};
  if (model.fingerprint().empty())
    throw Error(Errc::invalid_argument, "tune: expected a model of a file, got one from memory");
  if (tuning.file.empty()) throw Error(Errc::not_found, "tune: there is no cache folder; set FOVEA_CACHE or HOME");
  const bool alone = goal == TuningGoal::latency;
  const Array pictures = random_pictures(alone ? 1 : 8, tuner.graph().channels, tuner.side());
  const int threads = alone ? usable_threads() : 1, rounds = alone ? 25 : 9;

  // The whole network is run with each choice for all layers: a layer alone would find its data in the caches.
  const std::vector<ops::Choice> candidates{{}, {"winograd", 2}, {"winograd", 4}, {"onednn", 0}};
  std::vector<Timed> timed;
  for (const ops::Choice& choice : candidates) {
    model::Graph graph = tuner.graph();
    for (model::Node& node : graph.nodes) node.choice = node.op == "conv2d" ? choice : ops::Choice{};
    ops::WeightCache weights;
    timed.push_back(time_plan(graph, pictures, threads, rounds, weights));
  }
  model::Choices choices;
  for (int node = 0; node < static_cast<int>(tuner.graph().nodes.size()); ++node) {
    const model::Plan::StepInfo* const usual = step_of(timed[0], node);
    if (!usual || usual->op != "conv2d" || (usual->variant != "winograd" && usual->variant != "polyphase")) continue;
    std::size_t best = 0;
    for (std::size_t c = 1; c < candidates.size(); ++c) {
      const model::Plan::StepInfo* const step = step_of(timed[c], node);
      // A step that takes the maxima behind it as well is compared with both.
      const auto cost = [&](const Timed& t, const model::Plan::StepInfo& s) {
        return seconds_of(t, node) + (s.nodes < usual->nodes ? seconds_of(t, node + 1) : 0);
      };
      // 3 % is what measurements differ by.
      const bool same = step && step->variant == usual->variant && step->method == usual->method;
      if (step && !same && cost(timed[c], *step) < 0.97 * cost(timed[best], *step_of(timed[best], node))) best = c;
    }
    const model::Plan::StepInfo& chosen = *step_of(timed[best], node);
    const std::string& name = tuner.graph().nodes[static_cast<std::size_t>(node)].name;
    tuning.layers.push_back({name, chosen.variant, chosen.method, usual->variant, usual->method,
                             seconds_of(timed[best], node), seconds_of(timed[0], node)});
    if (best > 0) choices[name] = candidates[best];
  }
  model::write_choices(tuning.file, choices);
  return tuning;
}

Model with_conv_tile(const Model& model, int tile) {
  require_cpu("conv-tile", model);
  if (tile != 2 && tile != 4 && tile != 6)
    throw Error(Errc::invalid_argument, "conv-tile: expected 2, 4 or 6, got " + std::to_string(tile));
  constexpr std::int64_t least_for_six = 12;
  model::Graph graph = Tuner(model).graph();
  const std::vector<LayerInfo> layers = model.layers();
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Shape& output = layers[i].output;
    if (graph.nodes[i].op != "conv2d") continue;
    if (tile < 6 || (output[1] >= least_for_six && output[2] >= least_for_six))
      graph.nodes[i].choice = {"winograd", tile};
  }
  return Tuner::with_graph(model, std::move(graph));
}

std::filesystem::path tuning_file(const Model& model) {
  return model::choices_file(model.fingerprint());
}

}  // namespace fovea
