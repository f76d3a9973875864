#include "fovea/tuning.h"

#include <algorithm>
#include <deque>
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

// A graph's plan, timed again and again by the calling thread and its helpers.
class TimedPlan {
 public:
  TimedPlan(const model::Graph& graph, const Array& pictures, ops::WeightCache& weights)
      : pictures_(pictures),
        plan_(graph, pictures.shape(), weights),
        arena_(Array::empty({static_cast<std::int64_t>(plan_.arena_bytes())}, DType::u8)),
        steps_(plan_.steps()),
        seconds_(steps_.size()) {
    plan_.run(pictures_, arena_.data());
  }

  void run() {
    plan_.run_timed(pictures_, arena_.data(), last_);
    for (std::size_t i = 0; i < last_.size(); ++i) seconds_[i].push_back(last_[i]);
  }
  const std::vector<model::Plan::StepInfo>& steps() const { return steps_; }
  Spread seconds(std::size_t step) const { return spread_of(seconds_[step]); }

 private:
  const Array& pictures_;
  model::Plan plan_;
  Array arena_;
  std::vector<model::Plan::StepInfo> steps_;
  std::vector<double> last_;
  std::vector<std::vector<double>> seconds_;  // by step
};

// The step that computes a node, and its shortest time: what other work does to measurements only lengthens them.
struct Cost {
  const model::Plan::StepInfo* step = nullptr;
  double seconds = 0;
};
Cost cost_of(const TimedPlan& plan, int node) {
  for (std::size_t i = 0; i < plan.steps().size(); ++i)
    if (plan.steps()[i].node == node) return {&plan.steps()[i], plan.seconds(i).min};
  return {};
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
  const Array batch = random_pictures(pictures, tuner.graph().channels, tuner.side());
  const ThreadLimit limit(times.threads);
  ops::onednn::set_threads(times.threads);
  TimedPlan timed(tuner.graph(), batch, weights);
  for (int round = 0; round < rounds; ++round) timed.run();
  const std::vector<LayerInfo> layers = model.layers();
  for (std::size_t i = 0; i < timed.steps().size(); ++i) {
    const model::Plan::StepInfo& step = timed.steps()[i];
    StepTime time{{}, step.op, step.variant, step.method, step.output, timed.seconds(i).median, 0};
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

  const ThreadLimit limit(threads);
  ops::onednn::set_threads(threads);
  ops::WeightCache weights;
  // The whole network runs with each choice in turn: a layer alone would find its data in the caches.
  const std::vector<ops::Choice> candidates{{}, {"winograd", 2}, {"winograd", 4}, {"onednn", 0}};
  std::deque<TimedPlan> plans;
  for (const ops::Choice& choice : candidates) {
    model::Graph graph = tuner.graph();
    for (model::Node& node : graph.nodes) node.choice = node.op == "conv2d" ? choice : ops::Choice{};
    plans.emplace_back(graph, pictures, weights);
  }
  for (int round = 0; round < rounds; ++round)
    for (TimedPlan& plan : plans) plan.run();

  model::Choices choices;
  for (int node = 0; node < static_cast<int>(tuner.graph().nodes.size()); ++node) {
    const Cost usual = cost_of(plans[0], node);
    if (!usual.step || (usual.step->variant != "winograd" && usual.step->variant != "polyphase")) continue;
    Cost best = usual;
    for (std::size_t c = 1; c < candidates.size(); ++c) {
      Cost cost = cost_of(plans[c], node);
      if (!cost.step || (cost.step->variant == usual.step->variant && cost.step->method == usual.step->method))
        continue;
      // Maxima that the usual step takes as well.
      if (cost.step->nodes < usual.step->nodes) cost.seconds += cost_of(plans[c], node + 1).seconds;
      // 3 % is what measurements differ by.
      if (cost.seconds >= 0.97 * best.seconds) continue;
      best = cost;
      choices[tuner.graph().nodes[static_cast<std::size_t>(node)].name] = candidates[c];
    }
    tuning.layers.push_back({tuner.graph().nodes[static_cast<std::size_t>(node)].name, best.step->variant,
                             best.step->method, usual.step->variant, usual.step->method, best.seconds, usual.seconds});
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

std::string choices_digest(const Model& model) {
  return model::choices_digest(Tuner(model).graph());
}

std::filesystem::path tuning_file(const Model& model) {
  return model::choices_file(model.fingerprint());
}

}  // namespace fovea
