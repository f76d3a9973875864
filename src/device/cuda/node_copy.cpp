#include "device/cuda/node_copy.h"

#include "device/cuda/copy.h"

namespace fovea {
namespace {

template <class... P, class... A>
cuda::CUgraphNode add(CudaDevice& device, cuda::CUgraph graph, cuda::CUresult (*CudaFunctions::*function)(P...),
                      A... parameters) {
  cuda::CUgraphNode made = nullptr;
  device.run(function, &made, graph, static_cast<const cuda::CUgraphNode*>(nullptr), std::size_t{0}, parameters...);
  return made;
}

// The parameters of a kernel, which the driver owns, are copied by the call that adds the node; attributes, as those of
// clusters and cooperative launches, are not among them.
cuda::CUgraphNode add_kernel(CudaDevice& device, cuda::CUgraph graph, cuda::CUgraphNode node) {
  cuda::CUDA_KERNEL_NODE_PARAMS parameters{};
  device.run(&CudaFunctions::cuGraphKernelNodeGetParams_v2, node, &parameters);
  cuda::CUgraphNode made = add(device, graph, &CudaFunctions::cuGraphAddKernelNode_v2, &parameters);
  device.run(&CudaFunctions::cuGraphKernelNodeCopyAttributes, made, node);
  return made;
}

cuda::CUDA_MEMCPY3D copy_of(CudaDevice& device, cuda::CUgraphNode node, const CudaNode& what) {
  if (what.places_set) return as_copy_node(*what.transfer);
  cuda::CUDA_MEMCPY3D copy{};
  device.run(&CudaFunctions::cuGraphMemcpyNodeGetParams, node, &copy);
  return copy;
}

}  // namespace

unsigned type_to_copy(CudaDevice& device, cuda::CUgraphNode node, const CudaNode& what) {
  unsigned type = 0;
  device.run(&CudaFunctions::cuGraphNodeGetType, node, &type);
  if (type > cuda::CU_GRAPH_NODE_TYPE_EMPTY)
    throw Error(Errc::unsupported,
                "graph: expected a launch inside of a recording to be of kernels, copies, fills and calls, got '" +
                    what.name + "', which " + device.device().name() + " cannot record again; launch it outside");
  return type;
}

cuda::CUgraphNode add_copy(CudaDevice& device, cuda::CUgraph graph, unsigned type, cuda::CUgraphNode node,
                           const CudaNode& what) {
  cuda::CUcontext context = what.context != nullptr ? what.context : device.context();
  if (type == cuda::CU_GRAPH_NODE_TYPE_KERNEL) return add_kernel(device, graph, node);
  if (type == cuda::CU_GRAPH_NODE_TYPE_MEMCPY) {
    const cuda::CUDA_MEMCPY3D copy = copy_of(device, node, what);
    return add(device, graph, &CudaFunctions::cuGraphAddMemcpyNode, &copy, context);
  }
  if (type == cuda::CU_GRAPH_NODE_TYPE_MEMSET) {
    cuda::CUDA_MEMSET_NODE_PARAMS fill{};
    device.run(&CudaFunctions::cuGraphMemsetNodeGetParams, node, &fill);
    return add(device, graph, &CudaFunctions::cuGraphAddMemsetNode, &fill, context);
  }
  if (type == cuda::CU_GRAPH_NODE_TYPE_HOST) {
    cuda::CUDA_HOST_NODE_PARAMS call{};
    device.run(&CudaFunctions::cuGraphHostNodeGetParams, node, &call);
    return add(device, graph, &CudaFunctions::cuGraphAddHostNode, &call);
  }
  if (type == cuda::CU_GRAPH_NODE_TYPE_GRAPH) {
    cuda::CUgraph child = nullptr;
    device.run(&CudaFunctions::cuGraphChildGraphNodeGetGraph, node, &child);
    return add(device, graph, &CudaFunctions::cuGraphAddChildGraphNode, child);
  }
  return add(device, graph, &CudaFunctions::cuGraphAddEmptyNode);
}

}  // namespace fovea
