#include "model/output_layer.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "fovea/suggestion.h"

namespace fovea::model {
namespace {

constexpr std::size_t most_shown = 3;

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// Layers and the blocks that they are in: "layer4", "layer4.1", "layer4.1.conv2".
std::vector<std::string> names_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes)
    for (std::size_t end = 0; end != node.name.npos;) {
      end = node.name.find('.', end + 1);
      const std::string name = node.name.substr(0, end);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  return names;
}

// A name that was meant, or else those that begin alike.
std::string near_names(const Graph& graph, const std::string& wanted) {
  std::vector<std::string> names = names_of(graph);
  if (const std::string meant = suggestion(wanted, names); !meant.empty()) return meant;
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return common_prefix(wanted, a) > common_prefix(wanted, b);
  });
  std::string text = "; near it: ";
  for (std::size_t k = 0; k < std::min(names.size(), most_shown); ++k) text += (k > 0 ? ", " : "") + names[k];
  return text + "; 'fovea model show' lists them";
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
  const auto is_wanted = [&](const Node& node) { return node.name == name; };
  const auto is_inside = [&](const Node& node) { return node.name.starts_with(name + '.'); };
  auto found = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(), is_wanted);
  if (found == graph.nodes.rend()) found = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(), is_inside);
  if (found == graph.nodes.rend())
    throw Error(Errc::invalid_argument, "model: expected a layer's name, got " + shown(name) + near_names(graph, name));
  return static_cast<int>(graph.nodes.rend() - found) - 1;
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
