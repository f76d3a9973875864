#include <gmock/gmock.h>

#include <cstring>
#include <vector>

#include "cuda/add_one.h"
#include "cuda/fake_device.h"
#include "device/cuda/driver.h"
#include "device/cuda/graph.h"
#include "device/cuda/stream.h"
#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

// What only the driver's graphs have of suites/device/launches_in_recordings.cpp.
namespace fovea::test {
namespace {

using testing::ElementsAre;

class CudaLaunchInRecording : public FakeCuda {
 protected:
  Stream stream{Device::cuda(0)};
  CudaDevice& device = cuda_backend(0);
  const DeviceBytes values{Device::cuda(0), 16};

  cuda::CUstream handle() const { return static_cast<cuda::CUstream>(stream.native()); }
  std::vector<int> ints() const {
    const std::vector<std::byte> bytes = values.read(stream);
    std::vector<int> result(4);
    std::memcpy(result.data(), bytes.data(), 16);
    return result;
  }
  // The node that the stream's next one comes after.
  cuda::CUgraphNode last_node() const {
    unsigned status = 0;
    unsigned long id = 0;
    cuda::CUgraph graph = nullptr;
    const cuda::CUgraphNode* after = nullptr;
    const cuda::CUgraphEdgeData* edges = nullptr;
    std::size_t count = 0;
    device.run(&CudaFunctions::cuStreamGetCaptureInfo_v3, handle(), &status, &id, &graph, &after, &edges, &count);
    return count == 1 ? *after : nullptr;
  }
  static const CudaGraph& cuda_graph(const Graph& graph) { return static_cast<const CudaGraph&>(graph.backend()); }
};

TEST_F(CudaLaunchInRecording, KernelsKeepParametersAttributesAndEdges) {
  const AddOne kernel;
  const cuda::CUgraphEdgeData early{.from_port = 1, .to_port = 0, .type = 1, .reserved = {}};
  const GraphExec inner =
      Graph::record(stream, [&] {
        stream.backend()->fill({values.data(), {}, 16});
        kernel.launch(stream, values.data());
        cuda::CUgraphNode first = last_node();
        fake_cuda_set_node_priority(first, -3);
        device.run(&CudaFunctions::cuStreamUpdateCaptureDependencies_v2, handle(), &first, &early, std::size_t{1}, 1u);
        kernel.launch(stream, values.data());
      }).instantiate();
  const Graph outer = Graph::record(stream, [&] {
    kernel.launch(stream, values.data());
    inner.launch(stream);
    kernel.launch(stream, values.data());
  });
  ASSERT_EQ(outer.nodes().size(), 5u);
  for (const std::size_t i : {0u, 2u, 3u, 4u}) {
    EXPECT_EQ(outer.nodes()[i].kind, GraphNode::Kind::kernel);
    EXPECT_EQ(outer.nodes()[i].name, "add_one");
    EXPECT_EQ(fake_cuda_node_priority(cuda_graph(outer).node(i)), i == 2 ? -3 : 0) << i;
  }
  const auto& edges = cuda_graph(outer).shape().edges;
  EXPECT_EQ(edges[3][0].data.from_port, 1);
  EXPECT_EQ(edges[3][0].data.type, 1);
  for (const std::size_t i : {1u, 2u, 4u}) EXPECT_EQ(edges[i][0].data.type, 0) << i;
  outer.instantiate().launch(stream);
  EXPECT_THAT(ints(), ElementsAre(3, 3, 3, 3));
}

// The driver pairs nodes for an update by it.
TEST_F(CudaLaunchInRecording, TheOrderOfEdgesStays) {
  Stream side(Device::cuda(0));
  const auto work = [&] {
    side.wait(stream.record());
    side.call("a", [] {});
    stream.call("b", [] {});
    stream.wait(side.record());
    stream.call("joined", [] {});
  };
  const auto sources = [](const Graph& graph) {
    std::vector<int> from;
    for (const CudaGraphShape::Edge& edge : cuda_graph(graph).shape().edges[2]) from.push_back(edge.from);
    return from;
  };
  const Graph graph = Graph::record(stream, work);
  EXPECT_THAT(graph.nodes()[2].after, ElementsAre(0, 1));
  EXPECT_THAT(sources(graph), ElementsAre(1, 0));
  const GraphExec exec = graph.instantiate();
  EXPECT_EQ(sources(Graph::record(stream, [&] { exec.launch(stream); })), sources(graph));
}

// What libraries enqueue on the stream besides kernels. A launch of theirs is a node that holds a graph.
TEST_F(CudaLaunchInRecording, NodesThatOthersEnqueued) {
  const AddOne kernel;
  const DeviceBytes other(Device::cuda(0), 16);
  int calls = 0;
  const auto count = [](void* to) { ++*static_cast<int*>(to); };
  const Graph theirs = Graph::record(stream, [&] { kernel.launch(stream, values.data()); });
  cuda::CUgraphExec launched = nullptr;
  device.run(&CudaFunctions::cuGraphInstantiateWithFlags, &launched, cuda_graph(theirs).handle(), 0ull);
  const GraphExec inner = Graph::record(stream, [&] {
                            device.run(&CudaFunctions::cuMemsetD8Async, as_address(other.data()),
                                       static_cast<unsigned char>(2), std::size_t{16}, handle());
                            device.run(&CudaFunctions::cuMemcpyAsync, as_address(values.data()),
                                       as_address(other.data()), std::size_t{16}, handle());
                            device.run(&CudaFunctions::cuGraphLaunch, launched, handle());
                            device.run(&CudaFunctions::cuLaunchHostFunc, handle(), +count, static_cast<void*>(&calls));
                          }).instantiate();
  device.release(&CudaFunctions::cuGraphExecDestroy, launched);
  const Graph outer = Graph::record(stream, [&] { inner.launch(stream); });
  ASSERT_EQ(outer.nodes().size(), 4u);
  EXPECT_EQ(outer.nodes()[2].kind, GraphNode::Kind::other);
  outer.instantiate().launch(stream);
  EXPECT_THAT(ints(), ElementsAre(0x02020203, 0x02020203, 0x02020203, 0x02020203));
  EXPECT_EQ(calls, 1);
}

TEST_F(CudaLaunchInRecording, ANodeThatOnlyJoins) {
  const auto add_empty_node = [this] {
    unsigned status = 0;
    unsigned long id = 0;
    cuda::CUgraph graph = nullptr;
    cuda::CUgraphNode node = nullptr;
    const cuda::CUgraphNode* after = nullptr;
    std::size_t n = 0;
    device.run(&CudaFunctions::cuStreamGetCaptureInfo_v3, handle(), &status, &id, &graph, &after,
               static_cast<const cuda::CUgraphEdgeData**>(nullptr), &n);
    device.run(&CudaFunctions::cuGraphAddEmptyNode, &node, graph, after, n);
    device.run(&CudaFunctions::cuStreamUpdateCaptureDependencies_v2, handle(), &node,
               static_cast<const cuda::CUgraphEdgeData*>(nullptr), std::size_t{1}, 1u);
  };
  const GraphExec inner = Graph::record(stream, [&] {
                            stream.call("a", [] {});
                            add_empty_node();
                            stream.call("b", [] {});
                          }).instantiate();
  const Graph outer = Graph::record(stream, [&] { inner.launch(stream); });
  ASSERT_EQ(outer.nodes().size(), 3u);
  EXPECT_EQ(outer.nodes()[1].name, "node of type 5");
  EXPECT_THAT(outer.nodes()[2].after, ElementsAre(1));
}

TEST_F(CudaLaunchInRecording, AnAllocationIsRefusedByNameAndTheRecordingGoesOn) {
  int runs = 0;
  const GraphExec inner = Graph::record(stream, [&] {
                            stream.call("before", [] {});
                            cuda::CUdeviceptr block = 0;
                            device.run(&CudaFunctions::cuMemAllocAsync, &block, std::size_t{64}, handle());
                            device.run(&CudaFunctions::cuMemFreeAsync, block, handle());
                          }).instantiate();
  const Graph outer = Graph::record(stream, [&] {
    expect_error(Errc::unsupported, "got 'node of type 10', which cuda:0 cannot record again",
                 [&] { inner.launch(stream); });
    stream.call("count", [&] { ++runs; });
  });
  EXPECT_EQ(outer.nodes().size(), 1u);
  outer.instantiate().launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

// The driver takes no node out of a recording, so one that has a part of a launch cannot become a graph.
TEST_F(CudaLaunchInRecording, OneThatFailsInTheMiddleEndsTheRecording) {
  const GraphExec inner = Graph::record(stream, [&] {
                            stream.call("a", [] {});
                            stream.call("b", [] {});
                          }).instantiate();
  for (const char* function : {"cuGraphAddHostNode", "cuGraphAddDependencies_v2",
                               "cuStreamUpdateCaptureDependencies_v2", "cuGraphHostNodeGetParams"}) {
    expect_error(Errc::device, std::string("graph: a launch was recorded in part: cuda:0: ") + function, [&] {
      Graph::record(stream, [&] {
        fake_cuda_fail(function, 1, 1, FakeCudaFault::once);
        expect_error(Errc::device, function, [&] { inner.launch(stream); });
        stream.call("goes on", [] {});
      });
    });
    fake_cuda_reset();
    stream.synchronize();  // an ordinary stream again
  }
  EXPECT_EQ(Graph::record(stream, [&] { inner.launch(stream); }).nodes().size(), 2u);
}

TEST_F(CudaLaunchInRecording, LeavesNothingBehind) {
  const AddOne kernel;
  stream.synchronize();
  drain_afterwork();
  const auto before = live_handles();
  {
    const GraphExec inner = Graph::record(stream, [&] {
                              stream.call("one", [] {});
                              kernel.launch(stream, values.data());
                            }).instantiate();
    const GraphExec outer = Graph::record(stream, [&] { inner.launch(stream); }).instantiate();
    outer.launch(stream);
    inner.launch(stream);
    stream.synchronize();
  }
  drain_afterwork();
  EXPECT_EQ(live_handles(), before);
}

}  // namespace
}  // namespace fovea::test
