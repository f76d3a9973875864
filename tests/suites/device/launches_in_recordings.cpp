#include <gmock/gmock.h>

#include <chrono>
#include <future>

#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

// A launch inside of a recording adds what it would run to the recording.
namespace fovea::test {
namespace {

using testing::ElementsAre;

using LaunchInRecordingSuite = DeviceSuite;
INSTANTIATE_TEST_SUITE_P(Devices, LaunchInRecordingSuite, testing::ValuesIn(suite_devices()), device_label);

Graph of_call(const Stream& stream, std::string name, std::function<void()> work) {
  return Graph::record(stream, [&] { Stream(stream).call(std::move(name), std::move(work)); });
}

TEST_P(LaunchInRecordingSuite, ItsNodesFollowWhatTheStreamHas) {
  Stream main(device()), side(device());
  const auto call = [](Stream& stream, const char* name) { stream.call(name, [] {}); };
  const GraphExec inner = Graph::record(main, [&] {
                            call(main, "a");
                            side.wait(main.record());
                            call(main, "b");
                            call(side, "c");
                            main.wait(side.record());
                          }).instantiate();
  const Graph outer = Graph::record(main, [&] {
    call(main, "before");
    inner.launch(main);
    call(main, "after");
  });
  EXPECT_EQ(outer.dot(),
            "digraph fovea {\n  node [shape=box];\n  n0 [label=\"call: before\"];\n  n1 [label=\"call: a\"];\n"
            "  n0 -> n1;\n  n2 [label=\"call: b\"];\n  n1 -> n2;\n  n3 [label=\"call: c\"];\n  n1 -> n3;\n"
            "  n4 [label=\"call: after\"];\n  n2 -> n4;\n  n3 -> n4;\n}\n");
}

TEST_P(LaunchInRecordingSuite, RunsInOrderEachTimeTheOuterOneDoes) {
  Stream stream(device());
  std::vector<int> seen;
  const auto note = [&](int value) { stream.call("note", [&seen, value] { seen.push_back(value); }); };
  const GraphExec inner = Graph::record(stream, [&] { note(1), note(2); }).instantiate();
  const GraphExec outer = Graph::record(stream, [&] {
                            inner.launch(stream);
                            note(3);
                            inner.launch(stream);
                          }).instantiate();
  EXPECT_THAT(seen, ElementsAre());
  outer.launch(stream);
  stream.synchronize();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 1, 2));
  inner.launch(stream);
  outer.launch(stream);
  stream.synchronize();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 1, 2, 1, 2, 1, 2, 3, 1, 2));
}

TEST_P(LaunchInRecordingSuite, LaunchesInLaunches) {
  Stream stream(device());
  int runs = 0;
  GraphExec exec = of_call(stream, "count", [&] { ++runs; }).instantiate();
  for (int level = 0; level < 3; ++level)
    exec = Graph::record(stream, [&] { exec.launch(stream), exec.launch(stream); }).instantiate();
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 8);
}

TEST_P(LaunchInRecordingSuite, CopiesRowsAndFills) {
  Stream stream(device());
  const DeviceBytes from(device(), 10), to(device(), 8);
  const auto pinned = pinned_memory(device());
  auto* const host = static_cast<std::byte*>(pinned->allocate(8));
  const std::vector<std::byte> sent = numbered_bytes(10);
  stream.backend()->copy(from.from_host(sent.data()));
  stream.synchronize();
  const GraphExec inner = Graph::record(stream, [&] {
                            stream.backend()->fill({to.data(), std::byte{200}, 8});
                            stream.backend()->copy({to.data(), from.data(), device(), device(), 3, 2, 4, 5});
                            stream.backend()->copy(to.to_host(host));
                          }).instantiate();
  const Graph outer = Graph::record(stream, [&] { inner.launch(stream); });
  EXPECT_EQ(outer.nodes()[0].name, "fill 8 bytes");
  EXPECT_EQ(outer.nodes()[2].name, "copy 8 bytes " + device().name() + " to cpu");
  outer.instantiate().launch(stream);
  stream.synchronize();
  for (const int i : {0, 1, 2, 4, 5, 6}) EXPECT_EQ(host[i], sent[static_cast<std::size_t>(i < 4 ? i : i + 1)]) << i;
  for (const int i : {3, 7}) EXPECT_EQ(host[i], std::byte{200}) << i;
  pinned->deallocate(host, 8);
}

TEST_P(LaunchInRecordingSuite, TakesTheParametersOfThatMoment) {
  Stream stream(device());
  const DeviceBytes first(device(), 1), second(device(), 1), third(device(), 1), to(device(), 1);
  int value = 0;
  for (const auto& [bytes, v] : {std::pair(&first, 1), {&second, 2}, {&third, 3}})
    stream.backend()->fill({bytes->data(), static_cast<std::byte>(v), 1});
  const auto record = [&](const DeviceBytes& source, int v) {
    return Graph::record(stream, [&, v] {
      stream.backend()->copy({to.data(), source.data(), device(), device(), 1, 1, 0, 0});
      stream.call("set", [&value, v] { value = v; });
    });
  };
  GraphExec inner = record(first, 10).instantiate();
  const auto outer = [&] { return Graph::record(stream, [&] { inner.launch(stream); }).instantiate(); };
  const auto expect = [&](const GraphExec& exec, int copied, int called) {
    exec.launch(stream);
    EXPECT_EQ(to.read(stream), std::vector<std::byte>(1, static_cast<std::byte>(copied)));
    EXPECT_EQ(value, called);
  };
  const GraphExec recorded = outer();
  inner.set_copy(0, to.data(), second.data());
  inner.set_call(1, [&] { value = 20; });
  const GraphExec set = outer();
  inner.update(record(third, 30));
  const GraphExec updated = outer();
  expect(recorded, 1, 10);
  expect(set, 2, 20);
  expect(updated, 3, 30);
  expect(inner, 3, 30);
}

TEST_P(LaunchInRecordingSuite, NodesOfTheOuterOneAreSetWithoutTheInner) {
  Stream stream(device());
  const DeviceBytes one(device(), 1), two(device(), 1), to(device(), 1);
  int value = 0;
  stream.backend()->fill({one.data(), std::byte{1}, 1});
  stream.backend()->fill({two.data(), std::byte{2}, 1});
  const auto record = [&](const DeviceBytes& source, int v) {
    return Graph::record(stream, [&, v] {
      stream.backend()->copy({to.data(), source.data(), device(), device(), 1, 1, 0, 0});
      stream.call("set", [&value, v] { value = v; });
    });
  };
  const GraphExec inner = record(one, 10).instantiate();
  GraphExec outer = Graph::record(stream, [&] { inner.launch(stream); }).instantiate();
  const auto expect = [&](const GraphExec& exec, int copied, int called) {
    exec.launch(stream);
    EXPECT_EQ(to.read(stream), std::vector<std::byte>(1, static_cast<std::byte>(copied)));
    EXPECT_EQ(value, called);
  };
  outer.set_copy(0, to.data(), two.data());
  outer.set_call(1, [&] { value = 20; });
  expect(outer, 2, 20);
  expect(inner, 1, 10);
  outer.update(record(one, 30));
  expect(outer, 1, 30);
}

TEST_P(LaunchInRecordingSuite, OnAStreamThatWaitsForTheRecording) {
  Stream main(device()), side(device());
  int left = 0, right = 0, sum = 0;
  const GraphExec inner = of_call(side, "right", [&] { right += 20; }).instantiate();
  const Graph outer = Graph::record(main, [&] {
    main.call("fork", [&] { left = right = 1; });
    side.wait(main.record());
    inner.launch(side);
    main.call("left", [&] { left += 10; });
    main.wait(side.record());
    main.call("join", [&] { sum = left + right; });
  });
  ASSERT_EQ(outer.nodes().size(), 4u);
  EXPECT_THAT(outer.nodes()[1].after, ElementsAre(0));
  EXPECT_THAT(outer.nodes()[2].after, ElementsAre(0));
  EXPECT_THAT(outer.nodes()[3].after, ElementsAre(1, 2));
  outer.instantiate().launch(main);
  main.synchronize();
  EXPECT_EQ(sum, 32);
  expect_error(Errc::invalid_argument, "got 'right' that it does not wait for", [&] {
    Graph::record(main, [&] {
      side.wait(main.record());
      inner.launch(side);
    });
  });
  inner.launch(side);
  side.synchronize();
  EXPECT_EQ(right, 41);
}

TEST_P(LaunchInRecordingSuite, AFailureIsNamedAfterTheInnerNodeAndSkipsTheRest) {
  Stream stream(device());
  bool fails = true;
  int after = 0;
  const GraphExec inner = Graph::record(stream, [&] {
                            stream.call("blur", [&] {
                              if (fails) throw Error(Errc::bad_geometry, "expected a kernel, got none");
                            });
                            stream.call("write", [&] { ++after; });
                          }).instantiate();
  const GraphExec outer = Graph::record(stream, [&] {
                            inner.launch(stream);
                            stream.call("last", [&] { after += 10; });
                          }).instantiate();
  outer.launch(stream);
  expect_error(Errc::bad_geometry, "blur: expected a kernel, got none", [&] { stream.synchronize(); });
  EXPECT_EQ(after, 0);
  fails = false;
  outer.launch(stream);
  stream.synchronize();
  EXPECT_EQ(after, 11);
}

TEST_P(LaunchInRecordingSuite, TheOuterOneNeedsNeitherGraphNorExecOfTheInner) {
  Stream stream(device());
  const auto memory = device_memory(device());
  std::vector<std::byte> back(32);
  std::promise<void> gone;
  std::future<void> released = gone.get_future();
  const auto is_released = [&](std::chrono::seconds within) {
    return released.wait_for(within) == std::future_status::ready;
  };
  {
    const GraphExec outer = [&] {
      const GraphExec inner = Graph::record(stream, [&] {
                                std::function<void()> release = [&] { gone.set_value(); };
                                EXPECT_TRUE(stream.backend()->keep_for_recording(release));
                                auto* const block = static_cast<std::byte*>(memory->allocate_async(32, stream));
                                stream.backend()->fill({block, std::byte{6}, 32});
                                stream.backend()->copy({back.data(), block, Device::cpu(), device(), 32, 1, 0, 0});
                                memory->deallocate_async(block, 32, stream);
                              }).instantiate();
      return Graph::record(stream, [&] { inner.launch(stream); }).instantiate();
    }();
    EXPECT_FALSE(is_released(std::chrono::seconds(0)));
    const DeviceBytes others(device(), 32);  // in the place of the block, if that were free
    stream.backend()->fill({others.data(), std::byte{1}, 32});
    outer.launch(stream);
    stream.synchronize();
    EXPECT_EQ(back, std::vector<std::byte>(32, std::byte{6}));
    EXPECT_EQ(others.read(stream), std::vector<std::byte>(32, std::byte{1}));
  }
  EXPECT_TRUE(is_released(std::chrono::seconds(60)));  // by the thread that waits for the launch
}

TEST_P(LaunchInRecordingSuite, TheInnerOneNeedsNoOuter) {
  Stream stream(device());
  int runs = 0;
  const GraphExec inner = of_call(stream, "count", [&] { ++runs; }).instantiate();
  {
    Graph::record(stream, [&] { inner.launch(stream); }).instantiate().launch(stream);
  }
  inner.launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 2);
}

TEST_P(LaunchInRecordingSuite, DoesNotWaitForALaunchThatRuns) {
  Stream stream(device()), recording(device());
  std::promise<void> gate;
  int runs = 0;
  const GraphExec inner = of_call(stream, "count", [&] { ++runs; }).instantiate();
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  inner.launch(stream);
  const Graph outer = Graph::record(recording, [&] { inner.launch(recording); });
  EXPECT_EQ(outer.nodes().size(), 1u);
  gate.set_value();
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST_P(LaunchInRecordingSuite, AnEmptyOneAddsNothing) {
  Stream stream(device());
  const GraphExec empty = Graph::record(stream, [] {}).instantiate();
  const Graph outer = Graph::record(stream, [&] {
    stream.call("a", [] {});
    empty.launch(stream);
    stream.call("b", [] {});
  });
  ASSERT_EQ(outer.nodes().size(), 2u);
  EXPECT_THAT(outer.nodes()[1].after, ElementsAre(0));
}

TEST_P(LaunchInRecordingSuite, IsUndoneWithARecordingThatFails) {
  Stream stream(device());
  int runs = 0;
  const GraphExec inner = of_call(stream, "count", [&] { ++runs; }).instantiate();
  expect_error(Errc::io, "gone", [&] {
    Graph::record(stream, [&] {
      inner.launch(stream);
      throw Error(Errc::io, "gone");
    });
  });
  inner.launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace fovea::test
