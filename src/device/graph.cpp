#include "fovea/graph.h"

#include "device/backend.h"
#include "fovea/error.h"

namespace fovea {
namespace {

const char* name(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::call:
      return "call";
    case GraphNode::Kind::kernel:
      return "kernel";
    case GraphNode::Kind::copy:
      return "copy";
    case GraphNode::Kind::fill:
      return "fill";
    default:
      return "other";
  }
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + '"';
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, "graph: " + message);
}

void check_node(const std::vector<GraphNode>& nodes, int node, GraphNode::Kind kind) {
  if (node < 0 || static_cast<std::size_t>(node) >= nodes.size())
    refuse("expected a node from 0 to " + std::to_string(nodes.size()) + ", the last excluded, got " +
           std::to_string(node));
  const GraphNode& found = nodes[static_cast<std::size_t>(node)];
  if (found.kind != kind)
    refuse("expected node " + std::to_string(node) + " to be a " + name(kind) + ", got a " + name(found.kind) + ", '" +
           found.name + "'");
}

}  // namespace

Graph Graph::record(const Stream& stream, const std::function<void()>& work) {
  if (!work) refuse("expected work to record, got an empty function");
  StreamBackend& backend = *stream.backend();
  backend.begin_recording();
  try {
    work();
  } catch (...) {
    backend.drop_recording();
    throw;
  }
  return Graph(backend.end_recording());
}

Device Graph::device() const {
  return backend_->device();
}

const std::vector<GraphNode>& Graph::nodes() const {
  return backend_->nodes();
}

std::string Graph::dot() const {
  std::string text = "digraph fovea {\n  node [shape=box];\n";
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    const GraphNode& node = nodes()[i];
    text += "  n" + std::to_string(i) + " [label=" + quoted(std::string(name(node.kind)) + ": " + node.name) + "];\n";
    for (int before : node.after) text += "  n" + std::to_string(before) + " -> n" + std::to_string(i) + ";\n";
  }
  return text + "}\n";
}

GraphExec Graph::instantiate() const {
  return GraphExec(backend_->instantiate());
}

void GraphExec::launch(const Stream& stream) const {
  if (stream.device() != backend_->device())
    refuse("expected a stream of " + backend_->device().name() + ", got one of " + stream.device().name());
  backend_->launch(*stream.backend());
}

void GraphExec::update(const Graph& graph) {
  const std::vector<GraphNode>&mine = backend_->nodes(), &theirs = graph.nodes();
  if (graph.device() != backend_->device())
    refuse("update: expected a graph of " + backend_->device().name() + ", got one of " + graph.device().name());
  if (mine.size() != theirs.size())
    refuse("update: expected " + std::to_string(mine.size()) + " nodes, got " + std::to_string(theirs.size()));
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].kind != theirs[i].kind)
      refuse("update: expected node " + std::to_string(i) + " to be a " + name(mine[i].kind) + ", '" + mine[i].name +
             "', got a " + name(theirs[i].kind) + ", '" + theirs[i].name + "'");
    if (mine[i].after != theirs[i].after)
      refuse("update: node " + std::to_string(i) + ", '" + theirs[i].name + "', comes after other nodes than before");
  }
  backend_->update(graph.backend());
}

void GraphExec::set_call(int node, std::function<void()> work) {
  if (!work) refuse("expected work to run, got an empty function");
  check_node(backend_->nodes(), node, GraphNode::Kind::call);
  backend_->set_call(node, std::move(work));
}

void GraphExec::set_copy(int node, void* to, const void* from) {
  check_node(backend_->nodes(), node, GraphNode::Kind::copy);
  if (to == nullptr || from == nullptr) refuse("expected two places to copy between, got a null pointer");
  backend_->set_copy(node, to, from);
}

}  // namespace fovea
