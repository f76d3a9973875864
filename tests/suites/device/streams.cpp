#include <future>
#include <new>
#include <stdexcept>
#include <thread>

#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

using StreamSuite = DeviceSuite;
INSTANTIATE_TEST_SUITE_P(Devices, StreamSuite, testing::ValuesIn(suite_devices()), device_label);

TEST_P(StreamSuite, RunsInOrder) {
  Stream stream(device());
  std::vector<int> order;
  for (int i = 0; i < 300; ++i) stream.call("append", [&order, i] { order.push_back(i); });
  stream.synchronize();
  ASSERT_EQ(order.size(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(stream.device(), device());
}

TEST_P(StreamSuite, CallsDoNotWait) {
  Stream stream(device());
  EXPECT_TRUE(stream.idle());
  std::promise<void> gate;
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  const Event after = stream.record();
  EXPECT_FALSE(after.done());
  EXPECT_FALSE(stream.idle());
  gate.set_value();
  after.wait();
  EXPECT_TRUE(after.done());
  stream.synchronize();
  EXPECT_TRUE(stream.idle());
}

TEST_P(StreamSuite, WaitsForAnotherStream) {
  Stream first(device()), second(device());
  std::promise<void> gate;
  int value = 0, seen = -1;
  first.call("produce", [&value, opened = gate.get_future().share()] {
    opened.wait();
    value = 42;
  });
  second.wait(first.record());
  second.call("consume", [&] { seen = value; });
  const Event consumed = second.record();
  EXPECT_FALSE(consumed.done());
  gate.set_value();
  second.synchronize();
  EXPECT_EQ(seen, 42);
}

TEST_P(StreamSuite, WaitsForAStreamOfTheCpu) {
  Stream cpu, here(device());
  std::promise<void> gate;
  int value = 0, seen = -1;
  cpu.call("produce", [&value, opened = gate.get_future().share()] {
    opened.wait();
    value = 42;
  });
  here.wait(cpu.record());
  here.call("consume", [&] { seen = value; });
  const Event consumed = here.record();
  EXPECT_FALSE(consumed.done());
  gate.set_value();
  here.synchronize();
  EXPECT_EQ(seen, 42);
}

TEST_P(StreamSuite, AStreamOfTheCpuWaitsForIt) {
  Stream cpu, here(device());
  std::promise<void> gate;
  int value = 0, seen = -1;
  here.call("produce", [&value, opened = gate.get_future().share()] {
    opened.wait();
    value = 42;
  });
  cpu.wait(here.record());
  cpu.call("consume", [&] { seen = value; });
  const Event consumed = cpu.record();
  EXPECT_FALSE(consumed.done());
  gate.set_value();
  cpu.synchronize();
  EXPECT_EQ(seen, 42);
}

TEST_P(StreamSuite, TellsWhenAnEventIsDone) {
  Stream stream(device());
  std::promise<void> gate, told;
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  stream.record().backend()->when_done([&] { told.set_value(); });
  std::future<void> done = told.get_future();
  EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  gate.set_value();
  done.get();
}

TEST_P(StreamSuite, TakesThePrioritiesThatTheDeviceHas) {
  const auto [lowest, highest] = stream_priorities(device());
  EXPECT_LE(highest, lowest);
  for (int priority = highest; priority <= lowest; ++priority)
    EXPECT_EQ(Stream(device(), priority).priority(), priority);
  expect_error(Errc::invalid_argument, "expected a priority from",
               [&, above = lowest + 1] { Stream(device(), above); });
  expect_error(Errc::invalid_argument, "expected a priority from",
               [&, below = highest - 1] { Stream(device(), below); });
}

TEST_P(StreamSuite, ElapsedTimeIsOrdered) {
  Stream stream(device());
  const Event from = stream.record();
  stream.call("work", [] { std::this_thread::yield(); });
  const Event to = stream.record();
  stream.synchronize();
  EXPECT_GE(elapsed_ms(from, to), 0.0);
  EXPECT_DOUBLE_EQ(elapsed_ms(from, to), -elapsed_ms(to, from));
  expect_error(Errc::invalid_argument, "elapsed_ms", [&] { elapsed_ms(Event(), from); });
}

TEST_P(StreamSuite, AFailureIsNamedAndLaterCallsAreSkipped) {
  Stream stream(device());
  int ran = 0;
  stream.call("decode", [&] { ++ran; });
  stream.call("resize", [] { throw Error(Errc::bad_geometry, "expected 2 axes, got 3"); });
  stream.call("classify", [&] { ++ran; });
  stream.call("write", [] { throw std::runtime_error("a later failure"); });
  stream.record().wait();  // is reached all the same
  expect_error(Errc::bad_geometry, "resize: expected 2 axes, got 3", [&] { stream.synchronize(); });
  EXPECT_EQ(ran, 1);
  stream.synchronize();
  stream.call("again", [&] { ++ran; });
  stream.synchronize();
  EXPECT_EQ(ran, 2);
}

TEST_P(StreamSuite, FailuresOfOtherTypes) {
  Stream stream(device());
  stream.call("a", [] { throw std::bad_alloc(); });
  expect_error(Errc::out_of_memory, "a: out of memory", [&] { stream.synchronize(); });
  stream.call("b", [] { throw std::runtime_error("broken"); });
  expect_error(Errc::internal, "b: broken", [&] { stream.synchronize(); });
  stream.call("c", [] { throw 7; });
  expect_error(Errc::internal, "c: an exception of unknown type", [&] { stream.synchronize(); });
}

TEST_P(StreamSuite, DoesNotWaitForItself) {
  Stream stream(device());
  stream.call("inside", [stream]() mutable { stream.synchronize(); });
  expect_error(Errc::invalid_argument, "inside: stream: expected synchronize() from outside",
               [&] { stream.synchronize(); });
  expect_error(Errc::invalid_argument, "empty function", [&] { stream.call("nothing", nullptr); });
}

TEST_P(StreamSuite, ManyThreadsEnqueue) {
  Stream stream(device());
  int count = 0;  // unguarded: the stream's work follows one another
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([stream, &count]() mutable {
      for (int k = 0; k < 20; ++k) stream.call("count", [&count] { ++count; });
      stream.synchronize();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 16 * 20);
}

TEST_P(StreamSuite, PendingWorkRunsAfterTheLastHandleIsGone) {
  auto ran = std::make_shared<std::promise<void>>();
  std::future<void> done = ran->get_future();
  std::promise<void> gate;
  {
    Stream stream(device());
    stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
    stream.call("signal", [ran] { ran->set_value(); });
  }
  gate.set_value();
  done.get();
}

TEST_P(StreamSuite, AStreamMayDieWithItsOwnWork) {
  Event end;
  std::promise<void> gate;
  {
    Stream stream(device());
    stream.call("hold", [opened = gate.get_future().share()] { opened.wait(); });
    stream.call("own", [stream] {});
    end = stream.record();
  }
  gate.set_value();
  end.wait();
}

}  // namespace
}  // namespace fovea::test
