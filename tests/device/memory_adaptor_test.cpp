// What every adaptor does with calls in the order of a stream.
#include <gtest/gtest.h>

#include <sstream>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

// Writes down its calls.
class Recorder final : public Memory {
 public:
  void* allocate(std::size_t bytes) override { return note("allocate", bytes); }
  void deallocate(void*, std::size_t bytes) noexcept override { note("deallocate", bytes); }
  void* allocate_async(std::size_t bytes, const Stream& stream) override {
    stream_seen = stream.backend().get();
    return note("allocate_async", bytes);
  }
  void deallocate_async(void*, std::size_t bytes, const Stream& stream) noexcept override {
    stream_seen = stream.backend().get();
    note("deallocate_async", bytes);
  }
  Device device() const override { return Device::cpu(); }

  std::string calls;
  const StreamBackend* stream_seen = nullptr;

 private:
  void* note(const char* call, std::size_t bytes) {
    calls += std::string(call) + " " + std::to_string(bytes) + "; ";
    return this;
  }
};

TEST(MemoryAdaptor, AllHandTheStreamOn) {
  const auto upstream = std::make_shared<Recorder>();
  std::ostringstream log;
  const std::vector<std::shared_ptr<Memory>> adaptors = {
      std::make_shared<LimitMemory>(upstream, 1000),
      std::make_shared<StatisticsMemory>(upstream),
      std::make_shared<LoggingMemory>(upstream, log),
      std::make_shared<TrackingMemory>(upstream),
      std::make_shared<FailingMemory>(upstream, FailurePlan::once(100)),
  };
  const Stream stream;
  for (const auto& adaptor : adaptors) {
    upstream->calls.clear();
    upstream->stream_seen = nullptr;
    EXPECT_EQ(adaptor->allocate_async(10, stream), upstream.get());
    EXPECT_EQ(upstream->stream_seen, stream.backend().get());
    upstream->stream_seen = nullptr;
    adaptor->deallocate_async(upstream.get(), 10, stream);
    EXPECT_EQ(upstream->stream_seen, stream.backend().get());
    EXPECT_EQ(adaptor->allocate(20), upstream.get());
    adaptor->deallocate(upstream.get(), 20);
    EXPECT_EQ(upstream->calls, "allocate_async 10; deallocate_async 10; allocate 20; deallocate 20; ");
  }
}

TEST(MemoryAdaptor, NothingIsAskedOfTheUpstreamForNothing) {
  const auto upstream = std::make_shared<Recorder>();
  StatisticsMemory memory(upstream);
  const Stream stream;
  EXPECT_EQ(memory.allocate(0), nullptr);
  EXPECT_EQ(memory.allocate_async(0, stream), nullptr);
  memory.deallocate(nullptr, 0);
  memory.deallocate_async(nullptr, 0, stream);
  EXPECT_EQ(upstream->calls, "");
}

TEST(MemoryAdaptor, NullIsNoUpstream) {
  std::ostringstream log;
  const auto refused = [](auto&& make) { test::expect_error(Errc::invalid_argument, "upstream", make); };
  refused([] { LimitMemory memory(nullptr, 1); });
  refused([] { StatisticsMemory memory(nullptr); });
  refused([&] { LoggingMemory memory(nullptr, log); });
  refused([] { TrackingMemory memory(nullptr); });
  refused([] { FailingMemory memory(nullptr, FailurePlan::once(1)); });
}

}  // namespace
}  // namespace fovea
