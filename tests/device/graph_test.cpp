// What the suite of devices (tests/suites/device/graphs.cpp) does not ask of all of them.
#include "fovea/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "device/backend.h"
#include "fovea/error.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;
using testing::ElementsAre;

// left and right each open the other's gate: they can only end when both run at once.
TEST(Graph, BranchesRunAtOnce) {
  Stream main, side;
  std::promise<void> from_left, from_right;
  auto left_ran = from_left.get_future().share(), right_ran = from_right.get_future().share();
  int sum = 0, left = 0, right = 0;
  const Graph graph = Graph::record(main, [&] {
    main.call("fork", [&] { left = right = 1; });
    side.wait(main.record());
    main.call("left", [&] {
      from_left.set_value();
      right_ran.wait();
      left += 10;
    });
    side.call("right", [&] {
      from_right.set_value();
      left_ran.wait();
      right += 20;
    });
    main.wait(side.record());
    main.call("join", [&] { sum = left + right; });
  });
  graph.instantiate().launch(main);
  main.synchronize();
  EXPECT_EQ(sum, 32);
}

TEST(Graph, AFailureIsNamedAndSkipsWhatFollows) {
  Stream stream, side;
  bool fails = true;
  int after = 0;
  const Graph graph = Graph::record(stream, [&] {
    stream.call("start", [] {});
    side.wait(stream.record());
    side.call("blur", [&] {
      if (fails) throw Error(Errc::bad_geometry, "expected a kernel, got none");
    });
    stream.wait(side.record());
    stream.call("write", [&] { ++after; });
  });
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  stream.call("behind", [&] { after += 100; });
  expect_error(Errc::bad_geometry, "blur: expected a kernel, got none", [&] { stream.synchronize(); });
  EXPECT_EQ(after, 0);
  fails = false;
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(after, 1);
}

// No address space holds the stacks of threads that are to start while it lives.
class NoThreads {
 public:
  NoThreads() {
    ::pthread_attr_init(&before_);
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    ::pthread_attr_init(&huge);
    ::pthread_attr_setstacksize(&huge, std::size_t{1} << 46);
    ::pthread_setattr_default_np(&huge);
    ::pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

TEST(Graph, AThreadThatCannotStartRefusesTheWholeLaunch) {
  Stream main, second, third;
  std::atomic<int> ran{0};
  main.call("start", [] {});
  main.synchronize();
  const Graph graph = Graph::record(main, [&] {
    main.call("fork", [&] { ++ran; });
    const Event forked = main.record();
    for (Stream* branch : {&second, &third}) {
      branch->wait(forked);
      branch->call("branch", [&] { ++ran; });
      main.wait(branch->record());
    }
    main.call("join", [&] { ++ran; });
  });
  const GraphExec exec = graph.instantiate();
  {
    const NoThreads none;
    expect_error(Errc::device, "stream: cannot start a thread", [&] { exec.launch(main); });
    expect_error(Errc::device, "stream: cannot start a thread", [&] { Stream().call("first", [] {}); });
    main.call("goes on", [] {});
    main.synchronize();
    EXPECT_EQ(ran, 0);
  }
  exec.launch(main);
  main.synchronize();
  EXPECT_EQ(ran, 4);
}

TEST(Graph, UpdatesRefuseAnotherTopology) {
  Stream stream;
  int runs = 0;
  const auto one = [&] { stream.call("one", [&] { ++runs; }); };
  const auto fill = [&] { stream.backend()->fill({nullptr, {}, 0}); };
  GraphExec exec = Graph::record(stream, one).instantiate();
  expect_error(Errc::invalid_argument, "expected 1 nodes, got 2",
               [&] { exec.update(Graph::record(stream, [&] { one(), one(); })); });
  expect_error(Errc::invalid_argument, "expected node 0 to be a call, 'one', got a fill",
               [&] { exec.update(Graph::record(stream, fill)); });
  GraphExec two = Graph::record(stream, [&] { one(), one(); }).instantiate();
  expect_error(Errc::invalid_argument, "comes after other nodes", [&] {
    two.update(Graph::record(stream, [&] {
      Stream side;
      side.wait(stream.record());
      side.call("beside", [] {});
      one();
      stream.wait(side.record());
    }));
  });
  expect_error(Errc::invalid_argument, "expected node 0 to be a copy, got a call",
               [&] { exec.set_copy(0, &runs, &runs); });
  expect_error(Errc::invalid_argument, "got 1", [&] { exec.set_call(1, [] {}); });
  expect_error(Errc::invalid_argument, "empty function", [&] { exec.set_call(0, {}); });
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST(Graph, AnEventOfARecordingThatHasEndedIsRefused) {
  Stream stream, other;
  Event inside;
  Graph::record(stream, [&] {
    stream.call("work", [] {});
    inside = stream.record();
  });
  int runs = 0;
  expect_error(Errc::invalid_argument, "got one that has ended", [&] { other.wait(inside); });
  other.call("count", [&] { ++runs; });
  other.synchronize();
  EXPECT_EQ(runs, 1);
}

TEST(Graph, WhatIsFreedWhileRecordingLivesAsLongAsTheGraph) {
  Stream stream;
  int released = 0;
  {
    const Graph graph = Graph::record(stream, [&] {
      std::function<void()> release = [&] { ++released; };
      EXPECT_TRUE(stream.backend()->keep_for_recording(release));
    });
    const GraphExec exec = graph.instantiate();
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
  std::function<void()> release = [&] { ++released; };
  EXPECT_FALSE(stream.backend()->keep_for_recording(release));
  EXPECT_EQ(released, 1);
}

TEST(Graph, DotNamesNodesAndEdges) {
  Stream stream;
  const Graph graph = Graph::record(stream, [&] {
    stream.call("say \"hi\"", [] {});
    stream.call("next", [] {});
  });
  EXPECT_EQ(graph.dot(),
            "digraph fovea {\n  node [shape=box];\n  n0 [label=\"call: say \\\"hi\\\"\"];\n"
            "  n1 [label=\"call: next\"];\n  n0 -> n1;\n}\n");
}

}  // namespace
}  // namespace fovea
