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

ClassifyStage::ClassifyStage(const Model& model, const ImageProcessor::Options& options, const Load& load)
    : model_(model), options_(options), load_(load), preparer_(model.preprocess(), options.decode) {}

void ClassifyStage::load(Row& row, const Array& slot) {
  Result<pipeline::PictureInfo> info = load_(preparer_, row.index, slot);
  if (!info) {
    row.error = info.error();
    return;
  }
  row.width = info.value().width;
  row.height = info.value().height;
  row.format = info.value().format;
}

void ClassifyStage::process(const Array& batch, std::span<Row*> rows) {
  const profiler::Scope span(Activity::stage, "infer");
  const auto start = std::chrono::steady_clock::now();
  const auto count = static_cast<std::int64_t>(rows.size());
  const Array logits = model_.run(batch.slice(0, {0, count}), usable_threads());
  const auto classes = static_cast<std::size_t>(model_.classes());
  const auto values = logits.span<float>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = values.subspan(i * classes, classes);
    if (std::any_of(row.begin(), row.end(), [](float v) { return !std::isfinite(v); })) {
      rows[i]->error =
          Error(Errc::internal, "infer: expected finite logits, got NaN or infinity; the weights are damaged");
      continue;
    }
    rows[i]->top = top_classes(row, options_.topk, model_.labels());
    if (options_.logits) rows[i]->values.assign(row.begin(), row.end());
  }
  infer_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void ClassifyStage::add_times(std::vector<StageTime>& stages) const {
  const std::pair<const char*, double> times[] = {{"read", preparer_.times().read},
                                                  {"decode", preparer_.times().decode},
                                                  {"prepare", preparer_.times().prepare},
                                                  {"infer", infer_seconds_}};
  for (const auto& time : times) {
    auto at = std::find_if(stages.begin(), stages.end(), [&](const StageTime& s) { return s.name == time.first; });
    if (at == stages.end())
      stages.push_back({time.first, time.second});
    else
      at->busy_seconds += time.second;
  }
}

}  // namespace fovea
