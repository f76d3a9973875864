#include <algorithm>
#include <cmath>

#include "model/graph.h"

namespace fovea::model {
namespace {

std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (const Operand& input : node.inputs)
      if (input.node >= 0) ++uses[static_cast<std::size_t>(input.node)];
  if (!uses.empty()) uses.back() += 1;  // the network's output
  return uses;
}

// Takes `node` out; who read it reads `replacement`, an earlier node.
void bypass(Graph& graph, int node, int replacement) {
  graph.nodes.erase(graph.nodes.begin() + node);
  for (Node& other : graph.nodes)
    for (Operand& input : other.inputs)
      input.node = input.node == node ? replacement : input.node > node ? input.node - 1 : input.node;
}

Node& at(Graph& graph, int index) {
  return graph.nodes[static_cast<std::size_t>(index)];
}

bool is_convolution(const Graph& graph, int index) {
  return index >= 0 && graph.nodes[static_cast<std::size_t>(index)].op == "conv2d";
}

void fold_into(Node& convolution, const Node& norm) {
  const auto epsilon = norm.params.count("epsilon") ? std::get<double>(norm.params.at("epsilon")) : 1e-5;
  const auto values = [&](std::size_t k) { return norm.inputs[k].constant.span<float>(); };
  const auto scale = values(1), shift = values(2), mean = values(3), variance = values(4);
  Array weight = convolution.inputs[1].constant.copy();
  Array bias = convolution.inputs[2].constant.copy();
  const auto w = weight.span<float>(), b = bias.span<float>();
  const std::size_t each = w.size() / b.size();
  for (std::size_t k = 0; k < b.size(); ++k) {
    const double factor = scale[k] / std::sqrt(static_cast<double>(variance[k]) + epsilon);
    for (std::size_t i = 0; i < each; ++i) w[k * each + i] = static_cast<float>(w[k * each + i] * factor);
    b[k] = static_cast<float>((b[k] - static_cast<double>(mean[k])) * factor + shift[k]);
  }
  convolution.inputs[1] = weight;
  convolution.inputs[2] = bias;
}

// The operand of an add that is a convolution of single use, the later one if both are: its residual comes from before
// it.
int fusable_operand(const Graph& graph, const Node& add, const std::vector<int>& uses) {
  int best = -1;
  for (std::size_t k = 0; k < 2; ++k) {
    const int candidate = add.inputs[k].node, other = add.inputs[1 - k].node;
    if (!is_convolution(graph, candidate) || uses[static_cast<std::size_t>(candidate)] != 1 || other >= candidate)
      continue;
    const Node& convolution = graph.nodes[static_cast<std::size_t>(candidate)];
    if (!convolution.params.count("activation") && convolution.inputs.size() == 3) best = std::max(best, candidate);
  }
  return best;
}

}  // namespace

void fold_batch_norm(Graph& graph) {
  for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
    if (at(graph, i).op != "batch_norm") continue;
    const int source = at(graph, i).inputs[0].node;
    if (!is_convolution(graph, source) || count_uses(graph)[static_cast<std::size_t>(source)] != 1) continue;
    const Node& convolution = at(graph, source);
    if (convolution.params.count("activation") || convolution.inputs.size() > 3) continue;  // these come after the sum
    fold_into(at(graph, source), at(graph, i));
    bypass(graph, i--, source);
  }
}

void fuse_convolutions(Graph& graph) {
  for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
    const std::vector<int> uses = count_uses(graph);
    if (at(graph, i).op == "add") {
      const int convolution = fusable_operand(graph, at(graph, i), uses);
      if (convolution < 0) continue;
      const auto& operands = at(graph, i).inputs;
      at(graph, convolution).inputs.push_back(operands[0].node == convolution ? operands[1] : operands[0]);
      bypass(graph, i--, convolution);
    } else if (at(graph, i).op == "relu" || at(graph, i).op == "relu6") {
      const int source = at(graph, i).inputs[0].node;
      if (!is_convolution(graph, source) || uses[static_cast<std::size_t>(source)] != 1 ||
          at(graph, source).params.count("activation"))
        continue;
      at(graph, source).params["activation"] = at(graph, i).op;
      bypass(graph, i--, source);
    }
  }
}

}  // namespace fovea::model
