#include "fovea/embed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/threads.h"
#include "model/session.h"
#include "pipeline/manifest.h"
#include "pipeline/model_places.h"
#include "pipeline/preparer.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"

namespace fovea {
namespace {

constexpr int largest_batch = 4096;

std::int64_t size_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// To a Euclidean length of 1. Zeros stay.
void normalize(std::vector<float>& values) {
  double squares = 0;
  for (const float v : values) squares += static_cast<double>(v) * v;
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& v : values) v = static_cast<float>(v / length);
}

class EmbedStage final : public pipeline::Stage {
 public:
  EmbedStage(std::shared_ptr<pipeline::ModelPlaces> models, Device device, const Preprocess& preprocess,
             const EmbedOptions& options)
      : models_(std::move(models)),
        device_(device),
        normalize_(options.normalize),
        preparer_(preprocess, options.decode) {}

  void load(const pipeline::Picture& picture, Row& row, const Array& slot, pipeline::Budget& budget,
            pipeline::Deadline deadline) override {
    const Result<pipeline::PictureInfo> info = preparer_.from(picture, slot, budget, deadline);
    if (!info) {
      row.error = info.error();
      return;
    }
    row.width = info.value().width;
    row.height = info.value().height;
    row.format = info.value().format;
  }

  void process(const Array& batch, std::span<Row*> rows) override {
    const auto count = static_cast<std::int64_t>(rows.size());
    const pipeline::StageTimes::Scope timer(times_, "infer", count);
    const Array features = models_->on(device_).run(batch.slice(0, {0, count}), usable_threads());
    for (std::int64_t n = 0; n < count; ++n) {
      const auto values = features[n].span<float>();
      Row& row = *rows[static_cast<std::size_t>(n)];
      if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
        row.error =
            Error(Errc::internal, "infer: expected finite features, got NaN or infinity; the weights are damaged");
        continue;
      }
      row.values.assign(values.begin(), values.end());
      if (normalize_) normalize(row.values);
    }
  }

  void add_times(std::vector<StageTime>& totals) const override {
    preparer_.add_times(totals);
    times_.add_to(totals);
  }

 private:
  std::shared_ptr<pipeline::ModelPlaces> models_;
  const Device device_;
  const bool normalize_;
  pipeline::Preparer preparer_;
  pipeline::StageTimes times_;
};

class EmbedTask final : public Task {
 public:
  EmbedTask(const Model& model, const EmbedOptions& options)
      : options_(options),
        model_(model.with_output(options.layer, options.pooling)),
        models_(std::make_shared<pipeline::ModelPlaces>(model_)) {
    options_.decode.shrink_to = shrink_to(options.scale, model.preprocess().resize);
    if (options.batch_size < 1 || options.batch_size > largest_batch)
      throw Error(Errc::invalid_argument,
                  fmt::format("embed: expected batch_size from 1 to {}, got {}", largest_batch, options.batch_size));
    if (options.decode.background < -1 || options.decode.background > 0xffffff)
      throw Error(Errc::invalid_argument, fmt::format("embed: expected a background from 0 to 0xffffff or -1, got {}",
                                                      options.decode.background));
    if (size_of(model_.output()) > std::numeric_limits<int>::max())
      throw Error(Errc::invalid_argument, "embed: expected a layer of less than 2^31 values, got " +
                                              to_string(model_.output()) + "; use average pooling");
  }

  int width() const { return static_cast<int>(size_of(model_.output())); }
  RowColumns columns() const override { return {}; }

  std::vector<std::pair<std::string, std::string>> manifest() const override {
    pipeline::Manifest manifest{{"task", "embed"},
                                {"layer", model_.layers().back().name},
                                {"output", to_string(model_.output())},
                                {"normalize", options_.normalize ? "yes" : "no"}};
    pipeline::describe(manifest, model_);
    pipeline::describe(manifest, options_.decode);
    return manifest;
  }

  std::unique_ptr<pipeline::Stage> stage(Device device) const override {
    return std::make_unique<EmbedStage>(models_, device, model_.preprocess(), options_);
  }

  Shape slot() const override {
    const Preprocess& p = model_.preprocess();
    return {p.channels, p.crop, p.crop};
  }

  int batch(Device device) const override {
    if (device != Device::cpu()) return options_.batch_size;
    return static_cast<int>(std::min<std::int64_t>(options_.batch_size, model::Session::most_pictures));
  }

 private:
  EmbedOptions options_;
  const Model model_;
  std::shared_ptr<pipeline::ModelPlaces> models_;
};

}  // namespace

std::unique_ptr<Task> embed_task(const Model& model, const EmbedOptions& options) {
  return std::make_unique<EmbedTask>(model, options);
}

int embed_width(const Model& model, const EmbedOptions& options) {
  return EmbedTask(model, options).width();
}

}  // namespace fovea
