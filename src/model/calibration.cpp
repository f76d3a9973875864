#include "fovea/calibration.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/output_file.h"
#include "base/sha256.h"
#include "base/threads.h"
#include "model/calibration_json.h"
#include "model/state.h"
#include "ops/onednn.h"

namespace fovea {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 24;  // of a file
constexpr std::uint32_t bin_count = 0x7F80;                 // up to infinity

// How often magnitudes came, by their upper 16 bits as f32: bins of 1/128 of their values, from none to infinity.
// Counts add up in any order.
class Histogram {
 public:
  // False when there is a NaN or an infinity.
  bool add(std::span<const float> values) {
    std::uint32_t largest = 0;
    for (const float value : values) {
      const std::uint32_t bin = std::bit_cast<std::uint32_t>(value) >> 16 & 0x7FFF;
      largest = std::max(largest, bin);
      ++counts_[std::min(bin, bin_count)];
    }
    return largest < bin_count;
  }

  // The range whose values, kept in `levels` steps, have the least square error: step^2 / 12 for what is inside and not
  // zero, the distance for what is clipped.
  float best_range(double levels) const {
    std::vector<double> count(bin_count + 1), sum(bin_count + 1), squares(bin_count + 1);  // of the bins from here on
    for (std::uint32_t bin = bin_count; bin-- > 1;) {
      const double n = static_cast<double>(counts_[bin]), v = middle(bin);
      count[bin] = count[bin + 1] + n;
      sum[bin] = sum[bin + 1] + n * v;
      squares[bin] = squares[bin + 1] + n * v * v;
    }
    double least = HUGE_VAL, best = 0;
    for (std::uint32_t bin = 1; bin < bin_count; ++bin) {
      if (counts_[bin] == 0) continue;
      const double range = upper(bin), step = range / levels;
      const double clipped = squares[bin + 1] - 2 * range * sum[bin + 1] + range * range * count[bin + 1];
      const double error = clipped + (count[1] - count[bin + 1]) * step * step / 12;
      if (error < least) least = error, best = range;
    }
    return static_cast<float>(best);
  }

 private:
  static double upper(std::uint32_t bin) { return std::bit_cast<float>((bin + 1) << 16); }
  static double middle(std::uint32_t bin) { return std::bit_cast<float>(bin << 16 | 0x8000u); }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(bin_count + 1);
};

}  // namespace

nlohmann::ordered_json model::calibration_json(const Calibration& calibration) {
  return {{"format", "fovea-calibration-1"},
          {"model", calibration.fingerprint},
          {"pictures", calibration.pictures},
          {"ranges", calibration.ranges}};
}

Calibration model::calibration_of(const nlohmann::json& object) {
  if (object.at("format") != "fovea-calibration-1")
    throw Error(Errc::corrupt, "calibration: expected format fovea-calibration-1, got another");
  Calibration result;
  result.fingerprint = object.at("model").get<std::string>();
  result.pictures = object.at("pictures").get<std::int64_t>();
  result.ranges = object.at("ranges").get<std::map<std::string, float>>();
  for (const auto& [layer, range] : result.ranges)
    if (!(range >= 0 && std::isfinite(range)))
      throw Error(Errc::corrupt, "calibration: expected ranges of at least 0, got another of layer " + layer);
  return result;
}

std::string Calibration::digest() const {
  const std::string text = model::calibration_json(*this).dump();
  return sha256_hex(std::as_bytes(std::span(text)));
}

struct Calibrator::State {
  std::shared_ptr<const ModelState> model;
  ops::WeightCache weights;
  std::map<std::int64_t, model::Plan> plans;  // by pictures
  Array arena;
  std::map<int, Histogram> histograms;  // by node
  std::int64_t pictures = 0;

  model::Plan& plan(std::int64_t count) {
    const model::Graph& graph = *model->graph;
    const std::int64_t side = model->preprocess.crop;
    model::Plan& ready =
        plans.try_emplace(count, graph, Shape{count, graph.channels, side, side}, weights).first->second;
    const auto bytes = static_cast<std::int64_t>(ready.arena_bytes());
    if (arena.size() < bytes) arena = Array::empty({bytes}, DType::u8);
    return ready;
  }

  void observe(int node, const Array& result) {
    const model::Node& layer = model->graph->nodes[static_cast<std::size_t>(node)];
    if (layer.op == "conv2d" && !histograms[node].add(result.span<float>()))
      throw Error(Errc::model_format, "calibration: expected finite values of layer " + layer.name +
                                          ", got NaN or infinity; the weights are damaged");
  }
};

Calibrator::Calibrator(const Model& model) : state_(std::make_unique<State>()) {
  if (model.device() != Device::cpu())
    throw Error(Errc::unsupported, "calibration: expected a model on the CPU, got one on " + model.device().name());
  state_->model = model.state_;
}
Calibrator::~Calibrator() = default;

void Calibrator::add(const Array& batch) {
  const std::int64_t side = state_->model->preprocess.crop, channels = state_->model->graph->channels;
  const Shape& shape = batch.shape();
  if (batch.dtype() != DType::f32 || shape.size() != 4 || shape[1] != channels || shape[2] != side || shape[3] != side)
    throw Error(Errc::invalid_argument, "calibration: expected f32 " + to_string({-1, channels, side, side}) +
                                            ", got " + std::string(name(batch.dtype())) + " " + to_string(shape));
  const Array input = batch.contiguous() ? batch : batch.copy();
  ops::onednn::set_threads(usable_threads());
  for (std::int64_t done = 0; done < shape[0];) {
    const std::int64_t count = std::min(shape[0] - done, model::Session::most_pictures);
    model::Plan& ready = state_->plan(count);
    ready.run(input.slice(0, {done, done + count}), state_->arena.data(),
              [this](int node, const Array& result) { state_->observe(node, result); });
    done += count;
    state_->pictures += count;
  }
}

Calibration Calibrator::result() const {
  if (state_->pictures == 0) throw Error(Errc::nothing_to_do, "calibration: expected at least one picture, got none");
  Calibration result;
  result.fingerprint = state_->model->fingerprint;
  result.pictures = state_->pictures;
  for (const auto& [node, histogram] : state_->histograms) {
    const model::Node& layer = state_->model->graph->nodes[static_cast<std::size_t>(node)];
    const bool rectified =
        layer.params.count("activation") && std::get<std::string>(layer.params.at("activation")) != "none";
    result.ranges[layer.name] = histogram.best_range(rectified ? 255 : 127);
  }
  return result;
}

void save_calibration(const Calibration& calibration, const std::filesystem::path& path) {
  const std::string text = model::calibration_json(calibration).dump(1) + "\n";
  OutputFile file = OutputFile::replacing(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

Calibration load_calibration(const std::filesystem::path& path) {
  const FileBytes bytes = read_file(path, most_bytes).value();
  const auto* text = reinterpret_cast<const char*>(bytes.data.get());
  try {
    return model::calibration_of(nlohmann::json::parse(text, text + bytes.size));
  } catch (const nlohmann::json::exception& error) {
    throw Error(Errc::corrupt,
                std::string("calibration: expected a file of 'fovea model calibrate', got: ") + error.what());
  }
}

}  // namespace fovea
