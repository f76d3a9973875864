#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <thread>

#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;
using Kind = GraphNode::Kind;

using GraphSuite = DeviceSuite;
INSTANTIATE_TEST_SUITE_P(Devices, GraphSuite, testing::ValuesIn(suite_devices()), device_label);

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> result;
  for (const GraphNode& node : graph.nodes()) result.push_back(node.name);
  return result;
}

TEST_P(GraphSuite, RecordsWithoutRunningAndReplaysInOrder) {
  Stream stream(device());
  std::vector<int> seen;
  const Graph graph = Graph::record(stream, [&] {
    stream.call("one", [&] { seen.push_back(1); });
    stream.call("two", [&] { seen.push_back(2); });
  });
  stream.synchronize();
  EXPECT_THAT(seen, ElementsAre());
  EXPECT_EQ(graph.device(), device());
  EXPECT_THAT(names(graph), ElementsAre("one", "two"));
  EXPECT_THAT(graph.nodes()[0].after, ElementsAre());
  EXPECT_THAT(graph.nodes()[1].after, ElementsAre(0));
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  stream.call("between", [&] { seen.push_back(0); });
  exec.launch(stream);
  stream.synchronize();
  EXPECT_THAT(seen, ElementsAre(1, 2, 0, 1, 2));
}

TEST_P(GraphSuite, ListsNodesByKindAndName) {
  Stream stream(device());
  const DeviceBytes there(device(), 4096);
  const auto pinned = pinned_memory(device());
  auto* const host = static_cast<std::byte*>(pinned->allocate(4096));
  const Graph graph = Graph::record(stream, [&] {
    stream.backend()->copy(there.from_host(host));
    stream.backend()->fill({there.data(), std::byte{1}, 100});
    stream.call("look", [] {});
  });
  ASSERT_EQ(graph.nodes().size(), 3u);
  EXPECT_EQ(graph.nodes()[0].kind, Kind::copy);
  EXPECT_EQ(graph.nodes()[0].name, "copy 4096 bytes cpu to " + device().name());
  EXPECT_EQ(graph.nodes()[1].kind, Kind::fill);
  EXPECT_EQ(graph.nodes()[1].name, "fill 100 bytes");
  EXPECT_EQ(graph.nodes()[2].kind, Kind::call);
  EXPECT_EQ(graph.nodes()[2].name, "look");
  pinned->deallocate(host, 4096);
}

TEST_P(GraphSuite, BranchesForkAndJoin) {
  Stream main(device()), side(device());
  int sum = 0, left = 0, right = 0;
  const Graph graph = Graph::record(main, [&] {
    main.call("fork", [&] { left = right = 1; });
    side.wait(main.record());
    main.call("left", [&] { left += 10; });
    side.call("right", [&] { right += 20; });
    main.wait(side.record());
    main.call("join", [&] { sum = left + right; });
  });
  ASSERT_THAT(names(graph), ElementsAre("fork", "left", "right", "join"));
  EXPECT_THAT(graph.nodes()[1].after, ElementsAre(0));
  EXPECT_THAT(graph.nodes()[2].after, ElementsAre(0));
  EXPECT_THAT(graph.nodes()[3].after, ElementsAre(1, 2));
  graph.instantiate().launch(main);
  main.synchronize();
  EXPECT_EQ(sum, 32);
  side.call("ordinary again", [&] { sum = 1; });
  side.synchronize();
  EXPECT_EQ(sum, 1);
}

TEST_P(GraphSuite, LaunchesOfOneDoNotOverlap) {
  Stream first(device()), second(device());
  int depth = 0, most = 0, runs = 0;
  const Graph graph = Graph::record(first, [&] {
    first.call("in", [&] { most = std::max(most, ++depth); });
    first.call("out", [&] {
      for (int i = 0; i < 100; ++i) std::this_thread::yield();  // the chance of the other stream's launch
      --depth;
      ++runs;
    });
  });
  const GraphExec exec = graph.instantiate();
  for (int i = 0; i < 20; ++i) exec.launch(i % 2 == 0 ? first : second);
  first.synchronize();
  second.synchronize();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(runs, 20);
}

TEST_P(GraphSuite, AFailureIsNamedAndSkipsWhatFollows) {
  Stream stream(device()), other(device());
  bool fails = true;
  int after = 0;
  const GraphExec exec = Graph::record(stream, [&] {
                           stream.call("blur", [&] {
                             if (fails) throw Error(Errc::bad_geometry, "expected a kernel, got none");
                           });
                           stream.call("write", [&] { ++after; });
                         }).instantiate();
  exec.launch(stream);
  stream.call("behind", [&] { after += 100; });
  expect_error(Errc::bad_geometry, "blur: expected a kernel, got none", [&] { stream.synchronize(); });
  EXPECT_EQ(after, 0);
  exec.launch(other);
  stream.synchronize();  // the failure is the stream's that launched
  expect_error(Errc::bad_geometry, "blur: ", [&] { other.synchronize(); });
  fails = false;
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(after, 1);
}

TEST_P(GraphSuite, DoesNotRunOnAStreamThatHasFailed) {
  Stream stream(device());
  int runs = 0;
  const GraphExec exec = Graph::record(stream, [&] { stream.call("count", [&] { ++runs; }); }).instantiate();
  stream.call("break", [] { throw Error(Errc::io, "gone"); });
  exec.launch(stream);
  expect_error(Errc::io, "break: gone", [&] { stream.synchronize(); });
  EXPECT_EQ(runs, 0);
}

TEST_P(GraphSuite, UpdatesTakeOtherParameters) {
  Stream stream(device());
  const std::vector<std::byte> sevens(8, std::byte{7}), nines(8, std::byte{9});
  const DeviceBytes to(device(), 8), elsewhere(device(), 8), seven(device(), 8), nine(device(), 8);
  stream.backend()->copy(seven.from_host(sevens.data()));
  stream.backend()->copy(nine.from_host(nines.data()));
  stream.synchronize();
  int value = 0;
  const auto record = [&](const DeviceBytes& source, int v) {
    return Graph::record(stream, [&, v] {
      stream.backend()->copy({to.data(), source.data(), device(), device(), 8, 1, 0, 0});
      stream.call("set", [&, v] { value = v; });
    });
  };
  GraphExec exec = record(seven, 1).instantiate();
  exec.launch(stream);
  EXPECT_EQ(to.read(stream), sevens);
  EXPECT_EQ(value, 1);

  exec.update(record(nine, 2));
  exec.launch(stream);
  EXPECT_EQ(to.read(stream), nines);
  EXPECT_EQ(value, 2);

  exec.set_copy(0, elsewhere.data(), seven.data());
  exec.set_call(1, [&] { value = 3; });
  exec.launch(stream);
  EXPECT_EQ(elsewhere.read(stream), sevens);
  EXPECT_EQ(to.read(stream), nines);
  EXPECT_EQ(value, 3);
}

TEST_P(GraphSuite, AnUpdateCountsForLaterLaunchesOnly) {
  Stream stream(device());
  std::vector<int> seen;
  std::promise<void> gate;
  GraphExec exec = Graph::record(stream, [&] { stream.call("note", [&] { seen.push_back(1); }); }).instantiate();
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  exec.launch(stream);
  exec.set_call(0, [&] { seen.push_back(2); });
  exec.launch(stream);
  gate.set_value();
  stream.synchronize();
  EXPECT_THAT(seen, ElementsAre(1, 2));
}

TEST_P(GraphSuite, UpdatesRefuseAnotherTopology) {
  Stream stream(device());
  int runs = 0;
  const auto one = [&] { stream.call("one", [&] { ++runs; }); };
  GraphExec exec = Graph::record(stream, one).instantiate();
  expect_error(Errc::invalid_argument, "expected 1 nodes, got 2",
               [&] { exec.update(Graph::record(stream, [&] { one(), one(); })); });
  expect_error(Errc::invalid_argument, "expected node 0 to be a copy, got a call",
               [&] { exec.set_copy(0, &runs, &runs); });
  expect_error(Errc::invalid_argument, "got 1", [&] { exec.set_call(1, [] {}); });
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST_P(GraphSuite, ARunOutlivesItsHandles) {
  Stream stream(device());
  std::promise<void> gate;
  int runs = 0;
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  Graph::record(stream, [&] { stream.call("count", [&runs, held = std::make_shared<int>(1)] { runs += *held; }); })
      .instantiate()
      .launch(stream);
  gate.set_value();
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST_P(GraphSuite, RefusesWhatCannotBeRecorded) {
  Stream stream(device()), side(device());
  const Event outside = [&] {
    std::promise<void> gate;
    side.call("block", [opened = gate.get_future().share()] { opened.wait(); });
    const Event event = side.record();
    expect_error(Errc::invalid_argument, "got one outside",
                 [&] { Graph::record(stream, [&] { stream.wait(event); }); });
    gate.set_value();
    return event;
  }();
  outside.wait();
  expect_error(Errc::invalid_argument, "got 'lost' that it does not wait for", [&] {
    Graph::record(stream, [&] {
      side.wait(stream.record());
      side.call("lost", [] {});
    });
  });
  expect_error(Errc::invalid_argument, "outside of a recording",
               [&] { Graph::record(stream, [&] { stream.synchronize(); }); });
  expect_error(Errc::invalid_argument, "got one that does",
               [&] { Graph::record(stream, [&] { Graph::record(stream, [] {}); }); });
  expect_error(Errc::invalid_argument, "inside of a graph", [&] {
    Graph::record(stream, [&] {
      stream.call("work", [] {});
      stream.record().wait();
    });
  });
  expect_error(Errc::invalid_argument, "empty function", [&] { Graph::record(stream, {}); });
  expect_error(Errc::io, "from the recorded work",
               [&] { Graph::record(stream, [] { throw Error(Errc::io, "from the recorded work"); }); });
  int runs = 0;  // the streams are ordinary again after each of these
  stream.call("count", [&] { ++runs; });
  side.call("count", [] {});
  stream.synchronize();
  side.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST_P(GraphSuite, WhatIsFreedWhileRecordingLivesAsLongAsTheGraph) {
  Stream stream(device());
  const auto memory = device_memory(device());
  std::vector<std::byte> back(32);
  const Graph graph = Graph::record(stream, [&] {
    auto* const block = static_cast<std::byte*>(memory->allocate_async(32, stream));
    stream.backend()->fill({block, std::byte{6}, 32});
    stream.backend()->copy({back.data(), block, Device::cpu(), device(), 32, 1, 0, 0});
    memory->deallocate_async(block, 32, stream);
  });
  EXPECT_EQ(graph.nodes().size(), 2u);
  const GraphExec exec = graph.instantiate();
  for (int i = 0; i < 2; ++i) {
    std::fill(back.begin(), back.end(), std::byte{});
    exec.launch(stream);
    stream.synchronize();
    EXPECT_EQ(back, std::vector<std::byte>(32, std::byte{6}));
  }
}

TEST_P(GraphSuite, AnEmptyOneLaunches) {
  Stream stream(device());
  Graph::record(stream, [] {}).instantiate().launch(stream);
  stream.synchronize();
}

}  // namespace
}  // namespace fovea::test
