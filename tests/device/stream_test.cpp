// What the suite of devices (tests/suites/device/streams.cpp) does not ask of all of them.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fovea/device.h"
#include "fovea/error.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

TEST(Stream, RunsInOrderOnOneOtherThread) {
  Stream stream;
  std::vector<int> order;
  std::thread::id thread;
  for (int i = 0; i < 1000; ++i)
    stream.call("append", [&order, &thread, i] {
      order.push_back(i);
      if (i == 0) thread = std::this_thread::get_id();
      if (thread != std::this_thread::get_id()) order.clear();
    });
  stream.synchronize();
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_EQ(stream.device(), Device::cpu());
}

// Three streams become ready while the gate is held inside by the highest; what is of a lower number then goes first.
TEST(Stream, PrioritiesOrderWorkThatIsReady) {
  Stream high(Device::cpu(), -5), middle(Device::cpu(), -2), low;
  std::promise<void> gate, entered;
  std::vector<int> order;
  std::mutex mutex;
  const auto note = [&](int level) {
    return [&, level] {
      const std::lock_guard lock(mutex);
      order.push_back(level);
    };
  };
  high.call("hold", [&, opened = gate.get_future().share()] {
    entered.set_value();
    opened.wait();
  });
  entered.get_future().wait();
  for (int i = 0; i < 3; ++i) low.call("low", note(0));
  for (int i = 0; i < 3; ++i) middle.call("middle", note(2));
  for (int i = 0; i < 3; ++i) high.call("high", note(5));
  gate.set_value();
  for (const Stream* stream : {&low, &middle, &high}) stream->synchronize();
  EXPECT_EQ(order, (std::vector<int>{5, 5, 5, 2, 2, 2, 0, 0, 0}));
}

TEST(Stream, WaitingForLessUrgentWorkLetsItRun) {
  Stream high(Device::cpu(), -5), low;
  int value = 0;
  high.call("wait for low", [&] {
    low.call("set", [&] { value = 1; });
    low.synchronize();
    value *= 10;
  });
  high.synchronize();
  EXPECT_EQ(value, 10);
}

TEST(Stream, RefusesAPriorityThatTheDeviceHasNot) {
  const auto [lowest, highest] = stream_priorities(Device::cpu());
  EXPECT_LT(highest, lowest);
  EXPECT_EQ(Stream(Device::cpu(), highest).priority(), highest);
  expect_error(Errc::invalid_argument, "expected a priority from -5 to 0, got 1", [] { Stream(Device::cpu(), 1); });
  expect_error(Errc::invalid_argument, "got -6", [] { Stream(Device::cpu(), -6); });
}

TEST(Event, DefaultIsDone) {
  const Event event;
  EXPECT_TRUE(event.done());
  event.wait();
  Stream stream;
  stream.wait(event);
  stream.synchronize();
}

TEST(Event, ElapsedTimeNeedsDoneEvents) {
  Stream stream;
  std::promise<void> gate;
  const Event from = stream.record();
  stream.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  const Event to = stream.record();
  from.wait();
  expect_error(Errc::invalid_argument, "elapsed_ms", [&] { elapsed_ms(from, to); });
  expect_error(Errc::invalid_argument, "elapsed_ms", [&] { elapsed_ms(Event(), from); });
  gate.set_value();
  stream.synchronize();
}

TEST(Stream, AFailedStreamStillKeepsTheOrderOfWaits) {
  Stream slow, failed, third;
  std::promise<void> gate;
  slow.call("block", [opened = gate.get_future().share()] { opened.wait(); });
  failed.call("fail", [] { throw std::runtime_error("no"); });
  failed.wait(slow.record());
  third.wait(failed.record());
  const Event end = third.record();
  EXPECT_FALSE(end.done());
  gate.set_value();
  third.synchronize();
  expect_error(Errc::internal, "fail: no", [&] { failed.synchronize(); });
}

TEST(Stream, SixtyFourThreadsEnqueue) {
  Stream stream;
  int count = 0;  // unguarded: the stream's thread alone touches it
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i)
    threads.emplace_back([stream, &count]() mutable {
      for (int k = 0; k < 50; ++k) stream.call("count", [&count] { ++count; });
      stream.synchronize();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 64 * 50);
}

TEST(Stream, LastHandleDiesOnItsOwnThread) {
  for (int i = 0; i < 100; ++i) {
    Event end;
    {
      auto stream = std::make_unique<Stream>();
      Stream& handle = *stream;
      std::promise<void> gate;
      handle.call("hold", [opened = gate.get_future().share()] { opened.wait(); });
      end = handle.record();
      handle.call("own", [held = std::make_shared<Stream>(handle)] { EXPECT_EQ(held->device(), Device::cpu()); });
      stream.reset();
      gate.set_value();
    }
    end.wait();
  }
}

// Were the destructor to wait, `inner` would wait for an event of the stream whose work lets it go.
TEST(Stream, LastHandleDiesOnAThreadThatItWaitsFor) {
  Stream outer;
  Event end;
  std::promise<void> gate;
  {
    Stream inner;
    outer.call("let go", [inner, opened = gate.get_future().share()] { opened.wait(); });
    inner.wait(outer.record());
    end = inner.record();
  }
  gate.set_value();
  outer.synchronize();
  end.wait();
}

TEST(Stream, ManyShortLivedStreams) {
  std::atomic<int> ran{0};
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i) {
    Stream stream;
    stream.call("count", [&ran] { ++ran; });
    events.push_back(stream.record());
  }
  for (const Event& event : events) event.wait();
  EXPECT_EQ(ran, 200);
}

// Alive until the process ends, with work behind it: the run must end all the same.
Stream of_static_lifetime;
TEST(Stream, OfStaticLifetime) {
  static std::promise<void> gate;
  of_static_lifetime.call("late", [] { gate.get_future().wait(); });
  gate.set_value();
}

}  // namespace
}  // namespace fovea
