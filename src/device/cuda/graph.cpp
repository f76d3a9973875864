#include "device/cuda/graph.h"

#include <algorithm>
#include <set>

#include "device/cuda/graph_exec.h"

namespace fovea {
namespace {

std::string kernel_name(CudaDevice& device, cuda::CUgraphNode node) {
  cuda::CUDA_KERNEL_NODE_PARAMS parameters{};
  device.run(&CudaFunctions::cuGraphKernelNodeGetParams_v2, node, &parameters);
  const char* name = nullptr;
  if (parameters.func != nullptr)
    device.run(&CudaFunctions::cuFuncGetName, &name, parameters.func);
  else
    device.run(&CudaFunctions::cuKernelGetName, &name, parameters.kern);
  return name != nullptr ? name : "kernel";
}

}  // namespace

CudaGraphShape read_shape(CudaDevice& device, cuda::CUgraph graph) {
  std::size_t count = 0, edges = 0;
  device.run(&CudaFunctions::cuGraphGetNodes, graph, static_cast<cuda::CUgraphNode*>(nullptr), &count);
  std::vector<cuda::CUgraphNode> made(count);
  if (count > 0) device.run(&CudaFunctions::cuGraphGetNodes, graph, made.data(), &count);
  const auto get_edges = [&](cuda::CUgraphNode* from, cuda::CUgraphNode* to, cuda::CUgraphEdgeData* data) {
    device.run(&CudaFunctions::cuGraphGetEdges_v2, graph, from, to, data, &edges);
  };
  get_edges(nullptr, nullptr, nullptr);
  std::vector<cuda::CUgraphNode> from(edges), to(edges);
  std::vector<cuda::CUgraphEdgeData> data(edges);
  if (edges > 0) get_edges(from.data(), to.data(), data.data());

  std::unordered_map<cuda::CUgraphNode, std::size_t> place;
  for (std::size_t i = 0; i < count; ++i) place[made[i]] = i;
  std::vector<std::vector<std::size_t>> into(count), behind(count);
  for (std::size_t e = 0; e < edges; ++e) {
    into[place.at(to[e])].push_back(e);
    behind[place.at(from[e])].push_back(place.at(to[e]));
  }
  std::set<std::size_t> ready;
  std::vector<std::size_t> missing(count);
  for (std::size_t i = 0; i < count; ++i)
    if (missing[i] = into[i].size(); missing[i] == 0) ready.insert(i);
  CudaGraphShape shape;
  std::vector<int> placed(count);
  while (!ready.empty()) {
    const std::size_t i = *ready.begin();
    ready.erase(ready.begin());
    placed[i] = static_cast<int>(shape.nodes.size());
    shape.nodes.push_back(made[i]);
    std::vector<int>& after = shape.after.emplace_back();
    std::vector<CudaGraphShape::Edge>& edges_into = shape.edges.emplace_back();
    for (const std::size_t e : into[i]) {
      after.push_back(placed[place.at(from[e])]);
      edges_into.push_back({after.back(), data[e]});
    }
    std::sort(after.begin(), after.end());
    for (const std::size_t b : behind[i])
      if (--missing[b] == 0) ready.insert(b);
  }
  return shape;
}

CudaNode name_of(CudaDevice& device, cuda::CUgraphNode node,
                 const std::unordered_map<cuda::CUgraphNode, CudaNode>& noted) {
  if (const auto found = noted.find(node); found != noted.end()) return found->second;
  unsigned type = 0;
  device.run(&CudaFunctions::cuGraphNodeGetType, node, &type);
  if (type == cuda::CU_GRAPH_NODE_TYPE_KERNEL) return {GraphNode::Kind::kernel, kernel_name(device, node), {}, {}};
  if (type == cuda::CU_GRAPH_NODE_TYPE_MEMSET) return {GraphNode::Kind::fill, "fill", {}, {}};
  // Copies and host functions of others cannot be set, so they do not count as those that can.
  return {GraphNode::Kind::other, "node of type " + std::to_string(type), {}, {}};
}

CudaGraph::CudaGraph(CudaDevice& device, cuda::CUgraph handle,
                     const std::unordered_map<cuda::CUgraphNode, CudaNode>& noted,
                     std::vector<std::function<void()>> kept)
    : device_(device), handle_(handle), kept_(std::move(kept)) {
  try {
    shape_ = read_shape(device, handle);
    for (std::size_t i = 0; i < shape_.nodes.size(); ++i) {
      made_of_.push_back(name_of(device, shape_.nodes[i], noted));
      nodes_.push_back({made_of_[i].kind, made_of_[i].name, shape_.after[i]});
    }
  } catch (...) {
    device_.release(&CudaFunctions::cuGraphDestroy, handle_);
    for (const auto& release : kept_) release();
    throw;
  }
}

CudaGraph::~CudaGraph() {
  device_.release(&CudaFunctions::cuGraphDestroy, handle_);
  for (const auto& release : kept_) release();
}

std::shared_ptr<GraphExecBackend> CudaGraph::instantiate() const {
  return std::make_shared<CudaGraphExec>(std::static_pointer_cast<const CudaGraph>(shared_from_this()));
}

}  // namespace fovea
