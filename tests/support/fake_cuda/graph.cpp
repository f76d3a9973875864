#include <algorithm>
#include <cstring>
#include <future>

#include "device/cuda/cupti_functions.h"
#include "support/fake_cuda/cupti.h"

namespace cupti = fovea::cupti;
using namespace fovea::cuda;

namespace {

template <class T>
CUresult list(const std::vector<T>& all, T* out, std::size_t* count) {
  if (out != nullptr) std::copy_n(all.begin(), std::min(*count, all.size()), out);
  *count = all.size();
  return CUDA_SUCCESS;
}

void run_child(const CUgraph_st&, int device, std::uint32_t call);

// Of the launch that has this number among the calls.
void run_node(const CUgraphNode_st& node, int device, std::uint32_t call) {
  if (node.type == CU_GRAPH_NODE_TYPE_HOST) return fake::run(node.host);
  if (node.type == CU_GRAPH_NODE_TYPE_GRAPH) return run_child(*node.child, device, call);
  if (node.type > CU_GRAPH_NODE_TYPE_MEMSET) return;
  fake::Traced traced{cupti::kind_concurrent_kernel, "", 0, 0, 0};
  std::function<void()> run;
  if (node.type == CU_GRAPH_NODE_TYPE_MEMCPY) {
    const Copy& copy = node.copy;
    traced = {cupti::kind_memcpy, "", reinterpret_cast<std::uintptr_t>(copy.to),
              reinterpret_cast<std::uintptr_t>(copy.from), copy.row_bytes * copy.rows};
    run = [copy] { fake::run(copy); };
  } else if (node.type == CU_GRAPH_NODE_TYPE_MEMSET) {
    const CUDA_MEMSET_NODE_PARAMS& fill = node.fill;
    traced = {cupti::kind_memset, "", 0, 0, fill.width * fill.elementSize * fill.height};
    run = [fill] { fake::run(fill); };
  } else {
    traced.kernel = node.kernel.function->name;
    run = [kernel = node.kernel]() mutable { kernel.run(); };
  }
  fake::Lock lock(fake::state().mutex);
  run = fake::traced(call, device, std::move(traced), std::move(run));
  lock.unlock();
  run();
}

// The nodes with what they come after, by place.
void copy_nodes(const CUgraph_st& graph, CUgraphExec_st& exec) {
  exec.nodes.clear();
  exec.before.clear();
  std::vector<CUgraphNode> handles;
  for (const auto& node : graph.nodes) handles.push_back(node.get());
  for (const CUgraphNode node : handles) {
    exec.nodes.push_back(*node);
    std::vector<int>& before = exec.before.emplace_back();
    for (const CUgraphNode b : node->before)
      before.push_back(static_cast<int>(std::find(handles.begin(), handles.end(), b) - handles.begin()));
  }
}

CUgraphNode_st* find(CUgraphExec exec, CUgraphNode node, unsigned type) {
  const auto found = std::find(exec->original.begin(), exec->original.end(), node);
  if (found == exec->original.end()) return nullptr;
  CUgraphNode_st& copy = exec->nodes[static_cast<std::size_t>(found - exec->original.begin())];
  return copy.type == type ? &copy : nullptr;
}

// Every node on a thread, so that branches run at once.
void run_graph(const CUgraphExec_st& exec, int device, std::uint32_t call) {
  std::vector<std::shared_future<void>> done;
  for (std::size_t i = 0; i < exec.nodes.size(); ++i) {
    std::vector<std::shared_future<void>> before;
    for (const int b : exec.before[i]) before.push_back(done[static_cast<std::size_t>(b)]);
    done.push_back(std::async(std::launch::async, [before, device, call, &node = exec.nodes[i]] {
      for (const auto& b : before) b.wait();
      run_node(node, device, call);
    }));
  }
  for (const auto& d : done) d.wait();
}

void run_child(const CUgraph_st& graph, int device, std::uint32_t call) {
  CUgraphExec_st exec;
  copy_nodes(graph, exec);
  run_graph(exec, device, call);
}

bool same_edges(const CUgraphExec_st& a, const CUgraphExec_st& b) {
  const auto equal = [](const CUgraphNode_st& x, const CUgraphNode_st& y) {
    return std::equal(x.edges.begin(), x.edges.end(), y.edges.begin(), y.edges.end(),
                      [](const auto& e, const auto& f) { return std::memcmp(&e, &f, sizeof e) == 0; });
  };
  return a.before == b.before && std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), equal);
}

}  // namespace

std::shared_ptr<CUgraph_st> fake::copy_of(const CUgraph_st& graph) {
  auto copy = std::make_shared<CUgraph_st>();
  std::map<CUgraphNode, CUgraphNode> placed;
  for (const auto& node : graph.nodes) {
    copy->nodes.push_back(std::make_unique<CUgraphNode_st>(*node));
    placed[node.get()] = copy->nodes.back().get();
  }
  for (const auto& node : copy->nodes) {
    for (CUgraphNode& before : node->before) before = placed.at(before);
    if (node->child) node->child = copy_of(*node->child);
  }
  return copy;
}

extern "C" {

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* count) {
  FAKE_ENTER_CONTEXT();
  std::vector<CUgraphNode> all;
  for (const auto& node : graph->nodes) all.push_back(node.get());
  return list(all, nodes, count);
}

CUresult cuGraphGetEdges_v2(CUgraph graph, CUgraphNode* from, CUgraphNode* to, CUgraphEdgeData* data,
                            std::size_t* count) {
  FAKE_ENTER_CONTEXT();
  std::vector<CUgraphNode> begins, ends;
  std::vector<CUgraphEdgeData> edges;
  for (const auto& node : graph->nodes)
    for (std::size_t i = 0; i < node->before.size(); ++i) {
      begins.push_back(node->before[i]);
      ends.push_back(node.get());
      edges.push_back(node->edges[i]);
    }
  if (from != nullptr && data == nullptr && !std::all_of(edges.begin(), edges.end(), fake::is_zero))
    return CUDA_ERROR_LOSSY_QUERY;
  std::size_t same = *count, also = *count;
  list(begins, from, &same);
  list(edges, data, &also);
  return list(ends, to, count);
}

CUresult cuGraphNodeGetType(CUgraphNode node, unsigned* type) {
  FAKE_ENTER_CONTEXT();
  *type = node->type;
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long) {
  FAKE_ENTER_CONTEXT();
  if (!s.graphs.contains(graph)) return CUDA_ERROR_INVALID_HANDLE;
  auto made = std::make_shared<CUgraphExec_st>();
  for (const auto& node : graph->nodes) made->original.push_back(node.get());
  made->source = fake::copy_of(*graph);
  copy_nodes(*graph, *made);
  *exec = made.get();
  s.execs[*exec] = std::move(made);
  return CUDA_SUCCESS;
}

// A launch runs with the parameters it began with: they are copied. One that is captured is the graph as it was.
CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  if (!s.execs.contains(exec)) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capture) {
    fake::add_node(stream, CU_GRAPH_NODE_TYPE_GRAPH)->child = fake::copy_of(*exec->source);
    return CUDA_SUCCESS;
  }
  return fake::enqueue(stream, {{}, [copy = *exec, device = stream->context->device, call = fake::traced_call()] {
                                  run_graph(copy, device, call);
                                }});
}

CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo* result) {
  FAKE_ENTER_CONTEXT();
  CUgraphExec_st updated;
  copy_nodes(*graph, updated);
  bool same = same_edges(updated, *exec);
  for (std::size_t i = 0; same && i < updated.nodes.size(); ++i) same = updated.nodes[i].type == exec->nodes[i].type;
  if (!same) {
    *result = {2, nullptr, nullptr};  // the topology changed
    return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  }
  exec->nodes = std::move(updated.nodes);
  return CUDA_SUCCESS;
}

// Of single rows only.
CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec exec, CUgraphNode handle, const CUDA_MEMCPY3D* c,
                                        CUcontext context) {
  FAKE_ENTER_CONTEXT();
  CUgraphNode_st* node = find(exec, handle, CU_GRAPH_NODE_TYPE_MEMCPY);
  if (node == nullptr || context == nullptr || node->copy.rows != 1 || c->Height != 1) return CUDA_ERROR_INVALID_VALUE;
  return fake::read(*c, node->copy);
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec exec, CUgraphNode handle, const CUDA_HOST_NODE_PARAMS* parameters) {
  FAKE_ENTER_CONTEXT();
  CUgraphNode_st* node = find(exec, handle, CU_GRAPH_NODE_TYPE_HOST);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  node->host = *parameters;
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  FAKE_ENTER_CONTEXT();
  return s.graphs.erase(graph) != 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
  FAKE_ENTER_CONTEXT();
  return s.execs.erase(exec) != 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}
}
