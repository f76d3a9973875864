#include "fovea/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/sha256.h"
#include "base/threads.h"
#include "model/session.h"
#include "pipeline/manifest.h"
#include "pipeline/model_places.h"
#include "pipeline/preparer.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"
#include "pipeline/top_classes.h"

namespace fovea {
namespace {

using pipeline::ModelPlaces;

class ClassifyStage final : public pipeline::Stage {
 public:
  ClassifyStage(std::shared_ptr<ModelPlaces> models, Device device, const Preprocess& preprocess,
                const ClassifyOptions& options)
      : models_(std::move(models)), device_(device), options_(options), preparer_(preprocess, options.decode) {}

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
    const Model& model = models_->on(device_);
    const Array logits = model.run(batch.slice(0, {0, count}), usable_threads());
    const auto classes = static_cast<std::size_t>(model.classes());
    const auto values = logits.span<float>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = values.subspan(i * classes, classes);
      if (std::any_of(row.begin(), row.end(), [](float v) { return !std::isfinite(v); })) {
        rows[i]->error =
            Error(Errc::internal, "infer: expected finite logits, got NaN or infinity; the weights are damaged");
        continue;
      }
      rows[i]->top = pipeline::top_classes(row, options_.topk, model.labels());
      if (options_.logits) rows[i]->values.assign(row.begin(), row.end());
    }
  }

  void add_times(std::vector<StageTime>& stages) const override {
    preparer_.add_times(stages);
    times_.add_to(stages);
  }

 private:
  std::shared_ptr<ModelPlaces> models_;
  const Device device_;
  const ClassifyOptions options_;
  pipeline::Preparer preparer_;
  pipeline::StageTimes times_;
};

class ClassifyTask final : public Task {
 public:
  ClassifyTask(const Model& model, const ClassifyOptions& options)
      : model_(model), models_(std::make_shared<ModelPlaces>(model)), options_(options) {
    options_.decode.shrink_to = shrink_to(options.scale, model.preprocess().resize);
  }

  RowColumns columns() const override { return {{}, std::min(options_.topk, model_.classes())}; }

  std::vector<std::pair<std::string, std::string>> manifest() const override {
    pipeline::Manifest entries;
    pipeline::describe(entries, model_);
    pipeline::describe(entries, options_.decode);
    const std::string labels = fmt::format("{}", fmt::join(model_.labels(), "\n"));
    entries.emplace_back("labels", "sha256:" + sha256_hex(std::as_bytes(std::span(labels))));
    entries.emplace_back("topk", std::to_string(columns().topk));
    return entries;
  }

  std::unique_ptr<pipeline::Stage> stage(Device device) const override {
    return std::make_unique<ClassifyStage>(models_, device, model_.preprocess(), options_);
  }

  Shape slot() const override {
    const Preprocess& preprocess = model_.preprocess();
    return {preprocess.channels, preprocess.crop, preprocess.crop};
  }

  // On the CPU what one executor takes at once.
  int batch(Device device) const override {
    if (device != Device::cpu()) return options_.batch_size;
    return static_cast<int>(std::min<std::int64_t>(options_.batch_size, model::Session::most_pictures));
  }

 private:
  Model model_;
  std::shared_ptr<ModelPlaces> models_;
  ClassifyOptions options_;
};

}  // namespace

std::unique_ptr<Task> classify_task(const Model& model, const ClassifyOptions& options) {
  if (options.topk < 1)
    throw Error(Errc::invalid_argument, "classify: expected topk of at least 1, got " + std::to_string(options.topk));
  if (options.batch_size < 1 || options.batch_size > 4096)
    throw Error(Errc::invalid_argument,
                "classify: expected batch_size from 1 to 4096, got " + std::to_string(options.batch_size));
  if (model.classes() < 1)
    throw Error(Errc::invalid_argument, "classify: expected a network with classes, got one whose output is " +
                                            model.layers().back().name + "; embed_task() takes its features");
  return std::make_unique<ClassifyTask>(model, options);
}

}  // namespace fovea
