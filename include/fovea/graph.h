#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fovea/device.h"

namespace fovea {

class GraphBackend;
class GraphExecBackend;
class GraphExec;

struct GraphNode {
  enum class Kind : std::uint8_t { call, kernel, copy, fill, other };
  Kind kind = Kind::other;
  std::string name;
  std::vector<int> after;  // the nodes that must have run before, by their place in Graph::nodes(), ascending
};

// Work recorded instead of run, to be replayed as one. What nodes point to (arrays, captured variables) must live as
// long as the graph and what was instantiated from it. Copies share. Immutable, so thread-safe.
class Graph {
 public:
  // Calls `work`, which enqueues to `stream`; its work becomes nodes, and so does that of streams that wait for an
  // event of it, until `stream` waits for an event of theirs. Events recorded meanwhile order nodes, nothing else;
  // waiting for one on the host throws. Throws Error(invalid_argument) when work of another stream was not joined, or
  // for a stream that is recording, and what `work` throws.
  static Graph record(const Stream& stream, const std::function<void()>& work);
  explicit Graph(std::shared_ptr<const GraphBackend> backend) : backend_(std::move(backend)) {}

  Device device() const;
  const std::vector<GraphNode>& nodes() const;  // in an order in which they may run
  std::string dot() const;                      // for Graphviz
  GraphExec instantiate() const;
  const GraphBackend& backend() const { return *backend_; }

 private:
  std::shared_ptr<const GraphBackend> backend_;
};

// A graph made ready to launch. Launches of one run one after another. Nodes are named by their place in the nodes() of
// its graph. Thread-safe; what is updated counts for later launches.
class GraphExec {
 public:
  explicit GraphExec(std::shared_ptr<GraphExecBackend> backend) : backend_(std::move(backend)) {}

  // Enqueues all nodes: later work of the stream starts after the last of them. After a node that throws, nodes behind
  // it are skipped; the error, named after the node, comes out of the stream's synchronize(). While the stream records,
  // the nodes with their parameters of now become the recording's, which keeps alive what this graph does. Throws
  // Error(unsupported) then, on CUDA, for a node of another library's that cannot be recorded again.
  void launch(const Stream&) const;
  // Takes all parameters of a graph of the same nodes and edges. Throws Error(invalid_argument) that names the first
  // difference, and then nothing has changed.
  void update(const Graph&);
  void set_call(int node, std::function<void()> work);  // of a call node
  // Of a copy node; bytes and devices stay. On CUDA of one row: Error(unsupported) for more, which update() takes.
  void set_copy(int node, void* to, const void* from);
  const std::shared_ptr<GraphExecBackend>& backend() const { return backend_; }

 private:
  std::shared_ptr<GraphExecBackend> backend_;
};

}  // namespace fovea
