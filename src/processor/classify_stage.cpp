#include "processor/classify_stage.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/threads.h"
#include "device/profiler.h"

namespace fovea {

std::vector<Prediction> top_classes(std::span<const float> logits, int topk, const std::vector<std::string>& labels) {
  const Shape shape{1, static_cast<std::int64_t>(logits.size())};
  const Array row = Array::borrow(const_cast<float*>(logits.data()), shape, DType::f32, nullptr);
  const Array probabilities = ops::apply("softmax", {}, {&row, 1});
  const auto p = probabilities.span<float>();
  std::vector<int> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  const auto count = std::min(order.size(), static_cast<std::size_t>(std::max(topk, 0)));
  const auto before = [&](int a, int b) {
    const float x = p[static_cast<std::size_t>(a)], y = p[static_cast<std::size_t>(b)];
    return x > y || (x == y && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), before);
  std::vector<Prediction> top;
  for (std::size_t k = 0; k < count; ++k) {
    const auto c = static_cast<std::size_t>(order[k]);
    top.push_back({order[k], labels.empty() ? "" : labels[c], p[c]});
  }
  return top;
}

ClassifyStage::ClassifyStage(std::shared_ptr<pipeline::ModelPlaces> models, Device device, const Preprocess& preprocess,
                             const ImageProcessor::Options& options)
    : models_(std::move(models)), device_(device), options_(options), preparer_(preprocess, options.decode) {}

void ClassifyStage::load(const pipeline::Picture& picture, Row& row, const Array& slot, pipeline::Budget&) {
  const pipeline::PictureInfo info = preparer_.from(picture, slot).value();
  row.width = info.width;
  row.height = info.height;
  row.format = info.format;
}

void ClassifyStage::process(const Array& batch, std::span<Row*> rows) {
  const profiler::Scope span(Activity::stage, "infer");
  const auto start = std::chrono::steady_clock::now();
  const auto count = static_cast<std::int64_t>(rows.size());
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
    rows[i]->top = top_classes(row, options_.topk, model.labels());
    if (options_.logits) rows[i]->values.assign(row.begin(), row.end());
  }
  inferred_ += count;
  infer_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void ClassifyStage::add_times(std::vector<StageTime>& stages) const {
  preparer_.add_times(stages);
  pipeline::add_stage_time(stages, "infer", infer_seconds_, inferred_);
}

}  // namespace fovea
