#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "fovea/ops.h"
#include "model/graph.h"
#include "support/formula_weights.h"

namespace fovea::test {

inline Array formula_array(const std::string& name, Shape shape, float scale = 1, float shift = 0) {
  Array array = Array::empty(std::move(shape), DType::f32);
  const auto values = array.span<float>();
  const std::vector<float> from = uniform(name, values.size());
  std::transform(from.begin(), from.end(), values.begin(), [&](float v) { return v * scale + shift; });
  return array;
}

// Every node's result, one op after the other with an array of its own: what passes and plans are held to.
inline std::vector<Array> evaluate(const model::Graph& graph, const Array& input) {
  std::vector<Array> results;
  for (const model::Node& node : graph.nodes) {
    std::vector<Array> operands;
    for (const model::Operand& operand : node.inputs)
      operands.push_back(operand.node == model::Graph::input ? input
                         : operand.node == model::Operand::is_constant
                             ? operand.constant
                             : results.at(static_cast<std::size_t>(operand.node)));
    results.push_back(ops::apply(node.op, node.params, operands));
  }
  return results;
}

// The largest difference relative to the largest value of `wanted`; infinite for another shape.
inline double relative_difference(const Array& got, const Array& wanted) {
  if (got.shape() != wanted.shape()) return HUGE_VAL;
  double worst = 0, largest = 0;
  const auto a = got.span<float>(), b = wanted.span<float>();
  for (std::size_t k = 0; k < b.size(); ++k) {
    worst = std::max(worst, std::isnan(a[k]) ? HUGE_VAL : std::abs(static_cast<double>(a[k]) - b[k]));
    largest = std::max(largest, std::abs(static_cast<double>(b[k])));
  }
  return worst / largest;
}

// Builds graphs with formula weights.
class GraphMaker {
 public:
  model::Graph graph;

  explicit GraphMaker(int channels) { graph.channels = channels; }
  int conv(const std::string& name, int input, std::int64_t out, std::int64_t in, std::int64_t window = 3,
           std::int64_t stride = 1) {
    return graph.add({name,
                      "conv2d",
                      {{"stride", stride}, {"padding", window / 2}},
                      {input,
                       formula_array(name + ".weight", {out, in, window, window},
                                     1 / std::sqrt(static_cast<float>(in * window * window))),
                       formula_array(name + ".bias", {out}, 0.2f)}});
  }
  int batch_norm(const std::string& name, int input, std::int64_t channels, double epsilon = 1e-5) {
    return graph.add(
        {name,
         "batch_norm",
         {{"epsilon", epsilon}},
         {input, formula_array(name + ".scale", {channels}, 0.5f, 1), formula_array(name + ".shift", {channels}),
          formula_array(name + ".mean", {channels}), formula_array(name + ".variance", {channels}, 0.5f, 1)}});
  }
  int relu(const std::string& name, int input) { return graph.add({name, "relu", {}, {input}}); }
  int add(const std::string& name, int a, int b) { return graph.add({name, "add", {}, {a, b}}); }
};

}  // namespace fovea::test
