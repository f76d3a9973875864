#include <gmock/gmock.h>

#include <cstring>
#include <future>
#include <vector>

#include "cuda/add_one.h"
#include "cuda/fake_device.h"
#include "device/cuda/driver.h"
#include "fovea/device.h"
#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

class CudaStreams : public FakeCuda {};

TEST_F(CudaStreams, HostFunctionsMustNotUseTheDevice) {
  Stream stream(Device::cuda(0));
  stream.call("allocates", [] { (void)cuda_async_memory(Device::cuda(0))->allocate(8); });
  expect_error(Errc::invalid_argument,
               "allocates: cuda: expected no use of the device by a host function, got cuMemAllocAsync",
               [&] { stream.synchronize(); });
  Stream other(Device::cuda(0));
  stream.call("enqueues", [other]() mutable { other.call("more", [] {}); });
  expect_error(Errc::invalid_argument, "enqueues: cuda: expected no use", [&] { stream.synchronize(); });
}

// The last handle of a stream, an event and a block go inside of a host function, where the driver must not be called.
TEST_F(CudaStreams, WhatAHostFunctionHoldsMayBeOfTheDevice) {
  drain_afterwork();
  Stream stream(Device::cuda(0));
  stream.synchronize();
  const auto before = live_handles();
  {
    auto other = std::make_shared<Stream>(Device::cuda(0));
    auto event = std::make_shared<Event>(other->record());
    const auto memory = device_memory(Device::cuda(0));
    std::shared_ptr<void> block(memory->allocate(8), [memory](void* p) { memory->deallocate(p, 8); });
    stream.call("lets go", [other, event, block]() mutable {
      other.reset();
      event.reset();
      block.reset();
    });
  }
  stream.synchronize();
  drain_afterwork();
  EXPECT_EQ(live_handles(), before);
}

TEST_F(CudaStreams, WhatWaitsForAnEventRunsWithItsDeviceCurrent) {
  const CudaDevice& device = cuda_backend(1);
  std::promise<cuda::CUcontext> current;
  Stream(Device::cuda(1)).backend()->record()->when_done([&] {
    cuda::CUcontext context = nullptr;
    device.functions().cuCtxGetCurrent(&context);
    current.set_value(context);
  });
  EXPECT_EQ(current.get_future().get(), device.context());
}

TEST_F(CudaStreams, BetweenTwoDevices) {
  Stream first(Device::cuda(0)), second(Device::cuda(1));
  const std::vector<std::byte> sent = numbered_bytes(1000);
  const DeviceBytes here(Device::cuda(0), 1000), there(Device::cuda(1), 1000), rows(Device::cuda(1), 8);
  first.backend()->copy(here.from_host(sent.data()));
  first.backend()->copy({there.data(), here.data(), Device::cuda(1), Device::cuda(0), 1000, 1, 0, 0});
  second.wait(first.record());
  EXPECT_EQ(there.read(second), sent);
  second.backend()->copy({rows.data(), here.data(), Device::cuda(1), Device::cuda(0), 4, 2, 4, 10});
  std::vector<std::byte> expected(sent.begin(), sent.begin() + 4);
  expected.insert(expected.end(), sent.begin() + 10, sent.begin() + 14);
  EXPECT_EQ(rows.read(second), expected);
}

TEST_F(CudaStreams, KernelsLaunchedByOthersAreOrderedAndRecorded) {
  const AddOne kernel;
  Stream stream(Device::cuda(0));
  const DeviceBytes values(Device::cuda(0), 16);
  const auto ints = [&] {
    const std::vector<std::byte> bytes = values.read(stream);
    std::vector<int> result(4);
    std::memcpy(result.data(), bytes.data(), 16);
    return result;
  };
  stream.backend()->fill({values.data(), {}, 16});
  kernel.launch(stream, values.data());
  EXPECT_THAT(ints(), ElementsAre(1, 1, 1, 1));
  const Graph graph = Graph::record(stream, [&] {
    stream.backend()->fill({values.data(), {}, 8});
    kernel.launch(stream, values.data());
    kernel.launch(stream, values.data());
  });
  ASSERT_EQ(graph.nodes().size(), 3u);
  EXPECT_EQ(graph.nodes()[1].kind, GraphNode::Kind::kernel);
  EXPECT_EQ(graph.nodes()[1].name, "add_one");
  EXPECT_THAT(graph.nodes()[2].after, ElementsAre(1));
  graph.instantiate().launch(stream);
  EXPECT_THAT(ints(), ElementsAre(2, 2, 3, 3));
}

TEST_F(CudaStreams, CopiesOfRowsAreChangedByUpdatesOnly) {
  Stream stream(Device::cuda(0));
  const DeviceBytes from(Device::cuda(0), 10), to(Device::cuda(0), 8);
  const auto record = [&](std::byte value, std::size_t first) {
    stream.backend()->fill({from.data(), value, 10});
    return Graph::record(stream, [&, first] {
      stream.backend()->copy({to.data(), from.data() + first, Device::cuda(0), Device::cuda(0), 3, 2, 4, 5});
    });
  };
  stream.backend()->fill({to.data(), {}, 8});
  GraphExec exec = record(std::byte{1}, 0).instantiate();
  expect_error(Errc::unsupported, "expected a copy of one row to set on cuda:0, got node 0 of 2 rows",
               [&] { exec.set_copy(0, from.data(), to.data()); });
  exec.update(record(std::byte{2}, 2));
  exec.launch(stream);
  const std::byte two{2}, none{};
  EXPECT_THAT(to.read(stream), ElementsAre(two, two, two, none, two, two, two, none));
}

TEST_F(CudaStreams, AGraphIsLaunchedOnItsDeviceAlone) {
  Stream stream(Device::cuda(0)), cpu;
  const GraphExec exec = Graph::record(stream, [&] { stream.call("one", [] {}); }).instantiate();
  expect_error(Errc::invalid_argument, "expected a stream of cuda:0, got one of cpu", [&] { exec.launch(cpu); });
}

TEST_F(CudaStreams, LeavesNothingBehind) {
  Stream(Device::cuda(0)).synchronize();
  drain_afterwork();
  const auto before = live_handles();
  {
    Stream stream(Device::cuda(0));
    const DeviceBytes there(Device::cuda(0), 5000);
    const std::vector<std::byte> sent(5000);
    stream.backend()->copy(there.from_host(sent.data()));
    const Graph graph = Graph::record(stream, [&] { stream.call("one", [] {}); });
    GraphExec exec = graph.instantiate();
    exec.launch(stream);
    exec.set_call(0, [] {});
    exec.launch(stream);
    stream.record().wait();
    stream.synchronize();
  }
  drain_afterwork();
  EXPECT_EQ(live_handles(), before);
}

TEST_F(CudaStreams, AnEventOfARecordingIsWaitedForOnItsDeviceAlone) {
  Stream here(Device::cuda(0)), cpu;
  expect_error(Errc::invalid_argument, "got one of cuda:0 on cpu",
               [&] { Graph::record(here, [&] { cpu.wait(here.record()); }); });
  expect_error(Errc::invalid_argument, "got one of cpu on cuda:0",
               [&] { Graph::record(cpu, [&] { here.wait(cpu.record()); }); });
  here.synchronize();
  cpu.synchronize();
}

TEST_F(CudaStreams, ACallerWithAnotherContextKeepsIt) {
  const CudaFunctions& cu = cuda_driver().functions;
  cuda::CUcontext theirs = cuda_backend(1).context(), now = nullptr;
  cu.cuCtxPushCurrent_v2(theirs);
  Stream(Device::cuda(0)).synchronize();
  EXPECT_EQ(cu.cuCtxGetCurrent(&now), 0);
  EXPECT_EQ(now, theirs);
  cu.cuCtxPopCurrent_v2(&now);
}

}  // namespace
}  // namespace fovea::test
