#include <algorithm>
#include <set>

#include "support/fake_cuda/state.h"

using namespace fovea::cuda;

namespace {

std::byte* at(CUdeviceptr address) {
  return reinterpret_cast<std::byte*>(address);
}

CUgraphNode_st of_type(unsigned type) {
  CUgraphNode_st node;
  node.type = type;
  return node;
}

// Also one that a capture makes.
bool is_graph(CUgraph graph) {
  const fake::State& s = fake::state();
  return s.graphs.contains(graph) || std::any_of(s.streams.begin(), s.streams.end(), [graph](const auto& stream) {
           return stream.second->capture && stream.second->capture->graph.get() == graph;
         });
}

bool contains(const CUgraph_st& graph, CUgraphNode node) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [node](const auto& n) { return n.get() == node; });
}

CUresult add(CUgraphNode* made, CUgraph graph, const CUgraphNode* after, std::size_t count, CUgraphNode_st node) {
  if (!is_graph(graph)) return CUDA_ERROR_INVALID_VALUE;
  std::set<CUgraphNode> before(after, after + count);
  if (before.size() != count || !std::all_of(after, after + count, [&](CUgraphNode n) { return contains(*graph, n); }))
    return CUDA_ERROR_INVALID_VALUE;
  node.direct = true;
  node.before.assign(after, after + count);
  node.edges.resize(count);
  graph->nodes.push_back(std::make_unique<CUgraphNode_st>(std::move(node)));
  *made = graph->nodes.back().get();
  return CUDA_SUCCESS;
}

}  // namespace

CUresult fake::read(const CUDA_MEMCPY3D& c, Copy& copy) {
  const bool to_device = c.dstMemoryType == CU_MEMORYTYPE_DEVICE, from_device = c.srcMemoryType == CU_MEMORYTYPE_DEVICE;
  const Copy read{to_device ? at(c.dstDevice) : static_cast<std::byte*>(c.dstHost),
                  from_device ? at(c.srcDevice) : static_cast<const std::byte*>(c.srcHost),
                  c.WidthInBytes,
                  c.Height,
                  c.dstPitch,
                  c.srcPitch};
  if (c.Depth != 1 || c.Height == 0) return CUDA_ERROR_INVALID_VALUE;
  if (const CUresult status = check_copy(read, to_device, from_device); status != CUDA_SUCCESS) return status;
  copy = read;
  return CUDA_SUCCESS;
}

extern "C" {

void fake_cuda_set_node_priority(void* node, int priority) {
  const fake::Lock lock(fake::state().mutex);
  static_cast<CUgraphNode>(node)->priority = priority;
}

int fake_cuda_node_priority(const void* node) {
  const fake::Lock lock(fake::state().mutex);
  return static_cast<const CUgraphNode_st*>(node)->priority;
}

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS* parameters) {
  FAKE_ENTER_CONTEXT();
  if (node->type != CU_GRAPH_NODE_TYPE_KERNEL) return CUDA_ERROR_INVALID_VALUE;
  const KernelLaunch& k = node->kernel;
  node->parameters.clear();
  for (auto& value : node->kernel.values) node->parameters.push_back(value.data());
  *parameters = {k.function, k.grid[0],      k.grid[1],
                 k.grid[2],  k.block[0],     k.block[1],
                 k.block[2], k.shared_bytes, node->parameters.data(),
                 nullptr,    nullptr,        fake::current()};
  return CUDA_SUCCESS;
}

CUresult cuGraphMemcpyNodeGetParams(CUgraphNode node, CUDA_MEMCPY3D* copy) {
  FAKE_ENTER_CONTEXT();
  if (node->type != CU_GRAPH_NODE_TYPE_MEMCPY) return CUDA_ERROR_INVALID_VALUE;
  const Copy& c = node->copy;
  const auto to = reinterpret_cast<CUdeviceptr>(c.to), from = reinterpret_cast<CUdeviceptr>(c.from);
  *copy = {};
  copy->dstMemoryType = fake::is_device_memory(to) ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
  copy->srcMemoryType = fake::is_device_memory(from) ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
  copy->dstDevice = fake::is_device_memory(to) ? to : 0;
  copy->srcDevice = fake::is_device_memory(from) ? from : 0;
  copy->dstHost = fake::is_device_memory(to) ? nullptr : c.to;
  copy->srcHost = fake::is_device_memory(from) ? nullptr : c.from;
  copy->dstPitch = c.to_pitch;
  copy->srcPitch = c.from_pitch;
  copy->WidthInBytes = c.row_bytes;
  copy->Height = copy->srcHeight = copy->dstHeight = c.rows;
  copy->Depth = 1;
  return CUDA_SUCCESS;
}

CUresult cuGraphMemsetNodeGetParams(CUgraphNode node, CUDA_MEMSET_NODE_PARAMS* fill) {
  FAKE_ENTER_CONTEXT();
  if (node->type != CU_GRAPH_NODE_TYPE_MEMSET) return CUDA_ERROR_INVALID_VALUE;
  *fill = node->fill;
  return CUDA_SUCCESS;
}

CUresult cuGraphHostNodeGetParams(CUgraphNode node, CUDA_HOST_NODE_PARAMS* parameters) {
  FAKE_ENTER_CONTEXT();
  if (node->type != CU_GRAPH_NODE_TYPE_HOST) return CUDA_ERROR_INVALID_VALUE;
  *parameters = node->host;
  return CUDA_SUCCESS;
}

CUresult cuGraphChildGraphNodeGetGraph(CUgraphNode node, CUgraph* graph) {
  FAKE_ENTER_CONTEXT();
  if (node->type != CU_GRAPH_NODE_TYPE_GRAPH) return CUDA_ERROR_INVALID_VALUE;
  *graph = node->child.get();
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count,
                                 const CUDA_KERNEL_NODE_PARAMS* p) {
  FAKE_ENTER_CONTEXT();
  if (p->func == nullptr || (p->kernelParams != nullptr && p->extra != nullptr)) return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st made = of_type(CU_GRAPH_NODE_TYPE_KERNEL);
  made.kernel = {p->func,
                 {p->gridDimX, p->gridDimY, p->gridDimZ},
                 {p->blockDimX, p->blockDimY, p->blockDimZ},
                 p->sharedMemBytes,
                 {}};
  if (const CUresult status = fake::take_parameters(made.kernel, p->kernelParams, p->extra); status != CUDA_SUCCESS)
    return status;
  return add(node, graph, after, count, std::move(made));
}

CUresult cuGraphKernelNodeCopyAttributes(CUgraphNode to, CUgraphNode from) {
  FAKE_ENTER_CONTEXT();
  if (to->type != CU_GRAPH_NODE_TYPE_KERNEL || from->type != CU_GRAPH_NODE_TYPE_KERNEL) return CUDA_ERROR_INVALID_VALUE;
  to->priority = from->priority;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddMemcpyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count,
                              const CUDA_MEMCPY3D* copy, CUcontext context) {
  FAKE_ENTER_CONTEXT();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  CUgraphNode_st made = of_type(CU_GRAPH_NODE_TYPE_MEMCPY);
  if (const CUresult status = fake::read(*copy, made.copy); status != CUDA_SUCCESS) return status;
  return add(node, graph, after, count, std::move(made));
}

CUresult cuGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count,
                              const CUDA_MEMSET_NODE_PARAMS* fill, CUcontext context) {
  FAKE_ENTER_CONTEXT();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  const std::size_t row = fill->width * fill->elementSize;
  if (fill->height == 0 || fake::check_range(fill->dst, (fill->height - 1) * fill->pitch + row, true) != CUDA_SUCCESS)
    return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st made = of_type(CU_GRAPH_NODE_TYPE_MEMSET);
  made.fill = *fill;
  return add(node, graph, after, count, std::move(made));
}

CUresult cuGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count,
                            const CUDA_HOST_NODE_PARAMS* parameters) {
  FAKE_ENTER_CONTEXT();
  if (parameters->fn == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st made = of_type(CU_GRAPH_NODE_TYPE_HOST);
  made.host = *parameters;
  return add(node, graph, after, count, std::move(made));
}

CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count,
                                  CUgraph child) {
  FAKE_ENTER_CONTEXT();
  for (const auto& inner : child->nodes)
    if (inner->type > CU_GRAPH_NODE_TYPE_EMPTY) return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st made = of_type(CU_GRAPH_NODE_TYPE_GRAPH);
  made.child = fake::copy_of(*child);
  return add(node, graph, after, count, std::move(made));
}

CUresult cuGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, std::size_t count) {
  FAKE_ENTER_CONTEXT();
  return add(node, graph, after, count, of_type(CU_GRAPH_NODE_TYPE_EMPTY));
}

// Edges other than whole ones go between kernels only.
CUresult cuGraphAddDependencies_v2(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                   const CUgraphEdgeData* edges, std::size_t count) {
  FAKE_ENTER_CONTEXT();
  if (!is_graph(graph)) return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t i = 0; i < count; ++i) {
    const CUgraphEdgeData edge = edges == nullptr ? CUgraphEdgeData{} : edges[i];
    const bool kernels = from[i]->type == CU_GRAPH_NODE_TYPE_KERNEL && to[i]->type == CU_GRAPH_NODE_TYPE_KERNEL;
    auto& before = to[i]->before;
    if (!contains(*graph, from[i]) || !contains(*graph, to[i]) || (!kernels && !fake::is_zero(edge)) ||
        std::find(before.begin(), before.end(), from[i]) != before.end())
      return CUDA_ERROR_INVALID_VALUE;
    before.push_back(from[i]);
    to[i]->edges.push_back(edge);
  }
  return CUDA_SUCCESS;
}
}
