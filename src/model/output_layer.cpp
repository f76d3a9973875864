#include "model/output_layer.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <vector>

#include "base/text.h"

namespace fovea::model {
namespace {

constexpr std::size_t most_suggestions = 3;

std::size_t common_prefix(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// Levenshtein's: insertions, deletions and replacements.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// Names that begin alike first, then those of few edits.
std::string near_names(const Graph& graph, const std::string& wanted) {
  constexpr std::size_t longest = 256;  // of a name that is compared
  const std::string name = wanted.substr(0, longest);
  std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> order;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& other = graph.nodes[i].name;
    order.emplace_back(longest - std::min(longest, common_prefix(name, other)), edit_distance(name, other), i);
  }
  std::sort(order.begin(), order.end());
  std::string names;
  for (std::size_t k = 0; k < std::min(order.size(), most_suggestions); ++k)
    names += (k > 0 ? ", " : "") + graph.nodes[std::get<2>(order[k])].name;
  return names;
}

}  // namespace

int output_layer(const Graph& graph, const std::string& name) {
  if (name.empty()) {
    const Node& last = graph.nodes.back();
    if (last.op != "linear" || last.inputs[0].node < 0)
      throw Error(Errc::invalid_argument, "model: expected the name of a layer, got none, and the last layer, " +
                                              last.name + ", is no linear one");
    return last.inputs[0].node;
  }
  const auto found =
      std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return node.name == name; });
  if (found == graph.nodes.end())
    throw Error(Errc::invalid_argument, "model: expected a layer's name, got " + shown(name) + "; near it: " +
                                            near_names(graph, name) + "; 'fovea model show' lists them");
  return static_cast<int>(found - graph.nodes.begin());
}

Graph up_to(const Graph& graph, int node) {
  std::vector<char> needed(graph.nodes.size());
  needed[static_cast<std::size_t>(node)] = 1;
  for (int i = node; i >= 0; --i)
    if (needed[static_cast<std::size_t>(i)] != 0)
      for (const Operand& operand : graph.nodes[static_cast<std::size_t>(i)].inputs)
        if (operand.node >= 0) needed[static_cast<std::size_t>(operand.node)] = 1;
  Graph part;
  part.channels = graph.channels;
  std::vector<int> moved(graph.nodes.size());
  for (std::size_t i = 0; i <= static_cast<std::size_t>(node); ++i) {
    if (needed[i] == 0) continue;
    Node copy = graph.nodes[i];
    for (Operand& operand : copy.inputs)
      if (operand.node >= 0) operand.node = moved[static_cast<std::size_t>(operand.node)];
    moved[i] = part.add(std::move(copy));
  }
  return part;
}

}  // namespace fovea::model
