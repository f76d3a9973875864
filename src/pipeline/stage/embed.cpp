#include "fovea/embed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>

#include "base/threads.h"
#include "model/session.h"
#include "pipeline/manifest.h"
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
  EmbedStage(Model model, const EmbedOptions& options)
      : model_(std::move(model)), normalize_(options.normalize), preparer_(model_.preprocess(), options.decode) {}

  void load(const pipeline::Picture& picture, Row& row, const Array& slot, pipeline::Budget&) override {
    ++pictures_;
    const auto* bytes = std::get_if<std::span<const std::byte>>(&picture);
    const Result<pipeline::PictureInfo> info =
        bytes ? preparer_.from_bytes(*bytes, slot) : preparer_.from_pixels(std::get<Array>(picture), slot);
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
    const Array features = model_.run(batch.slice(0, {0, count}), usable_threads());
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
    pipeline::StageTimes all = times_;
    all.add({"decode", preparer_.times().decode, pictures_});
    all.add({"prepare", preparer_.times().prepare, pictures_});
    all.add_to(totals);
  }

 private:
  const Model model_;
  const bool normalize_;
  pipeline::Preparer preparer_;
  pipeline::StageTimes times_;
  std::int64_t pictures_ = 0;
};

class EmbedTask final : public Task {
 public:
  EmbedTask(const Model& model, const EmbedOptions& options)
      : options_(options), model_(model.with_output(options.layer, options.pooling)) {
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
    return std::make_unique<EmbedStage>(on(device), options_);
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
  Model on(Device device) const {
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = models_.try_emplace(device.name());
    if (fresh) try {
        at->second = model_.to(device);
      } catch (...) {
        models_.erase(at);
        throw;
      }
    return at->second;
  }

  const EmbedOptions options_;
  const Model model_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Model> models_;  // by device
};

}  // namespace

std::unique_ptr<Task> embed_task(const Model& model, const EmbedOptions& options) {
  return std::make_unique<EmbedTask>(model, options);
}

int embed_width(const Model& model, const EmbedOptions& options) {
  return EmbedTask(model, options).width();
}

}  // namespace fovea
