#include "pipeline/top_classes.h"

#include <algorithm>
#include <numeric>

#include "fovea/ops.h"

namespace fovea::pipeline {

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

}  // namespace fovea::pipeline
