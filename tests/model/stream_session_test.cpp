#include "model/stream_session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "fovea/memory_adaptors.h"
#include "model/buckets.h"
#include "model/session.h"
#include "support/expect_error.h"
#include "support/graph_values.h"

namespace fovea::test {
namespace {

using model::StreamSession;

constexpr std::int64_t side = 12, classes = 5;

model::Graph network() {
  GraphMaker maker(3);
  const int first = maker.conv("first", model::Graph::input, 8, 3);
  const int second = maker.relu("r", maker.conv("second", first, 8, 8));
  const int pooled = maker.graph.add({"pool", "global_avg_pool", {}, {maker.add("sum", first, second)}});
  maker.graph.add(
      {"fc", "linear", {}, {pooled, formula_array("fc.weight", {classes, 8}), formula_array("fc.bias", {classes})}});
  return maker.graph;
}

Array pictures(std::int64_t count) {
  return formula_array("pictures", {count, 3, side, side});
}

Array by_session(const model::Graph& graph, const Array& input) {
  ops::WeightCache weights;
  const Array output = Array::empty({input.shape()[0], classes}, DType::f32);
  model::Session(graph, side, weights).run(input, output, 1);
  return output;
}

Array run(StreamSession& session, const Array& input) {
  const Array output = Array::full({input.shape()[0], classes}, -1.0, DType::f32);
  session.run(input, output);
  return output;
}

bool same_bytes(const Array& a, const Array& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * 4) == 0;
}

StreamSession::Options options(std::int64_t most, int slots, std::shared_ptr<Memory> memory = {}) {
  return {most, slots, std::move(memory)};
}

TEST(Buckets, OfARestByHand) {
  const std::int64_t largest = 8;
  const auto next = [&](std::int64_t left) {
    const model::Piece piece = model::next_piece(left, largest);
    return std::pair(piece.pictures, piece.bucket);
  };
  EXPECT_EQ(next(1), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(next(2), std::pair(std::int64_t{2}, std::int64_t{2}));
  EXPECT_EQ(next(3), std::pair(std::int64_t{3}, std::int64_t{4}));  // three quarters
  EXPECT_EQ(next(4), std::pair(std::int64_t{4}, std::int64_t{4}));
  EXPECT_EQ(next(5), std::pair(std::int64_t{4}, std::int64_t{4}));
  EXPECT_EQ(next(6), std::pair(std::int64_t{6}, std::int64_t{8}));
  EXPECT_EQ(next(7), std::pair(std::int64_t{7}, std::int64_t{8}));
  EXPECT_EQ(next(8), std::pair(std::int64_t{8}, std::int64_t{8}));
  EXPECT_EQ(next(100), std::pair(std::int64_t{8}, std::int64_t{8}));
}

// Portable kernels, whose threads share the machine with those of the streams better than OpenMP's do.
class StreamSessions : public testing::Test {
 protected:
  void SetUp() override { ::setenv("FOVEA_VARIANT", "portable", 1); }
  void TearDown() override { ::unsetenv("FOVEA_VARIANT"); }
};

TEST_F(StreamSessions, TunedKernelsToo) {
  ::unsetenv("FOVEA_VARIANT");
  const model::Graph graph = network();
  const Array all = pictures(7), wanted = by_session(graph, all);
  StreamSession session(graph, side, classes, Device::cpu(), options(4, 2));
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(same_bytes(run(session, all), wanted));
  EXPECT_GT(session.counts().graph_launches, 0);
}

TEST_F(StreamSessions, BitsAreSessionsForAnyBatchSize) {
  const model::Graph graph = network();
  const Array all = pictures(41), wanted = by_session(graph, all);
  for (const std::int64_t most : {1, 4, 16})
    for (const int slots : {1, 2, 3}) {
      StreamSession session(graph, side, classes, Device::cpu(), options(most, slots));
      for (const std::int64_t count : {1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 41, 3, 41, 1}) {
        const Array got = run(session, all.slice(0, {0, count}));
        EXPECT_TRUE(same_bytes(got, wanted.slice(0, {0, count}))) << count << " of " << most << ", " << slots;
      }
    }
}

TEST_F(StreamSessions, CountsHitsAndMissesWithTheirReasons) {
  const model::Graph graph = network();
  StreamSession session(graph, side, classes, Device::cpu(), options(4, 1));
  run(session, pictures(4));
  DeviceRuns counts = session.counts();
  EXPECT_EQ(counts.runs, 1);
  EXPECT_EQ(counts.first_of_size, 1);
  EXPECT_EQ(counts.graph_launches, 0);
  run(session, pictures(4));
  run(session, pictures(3));  // padded to 4
  counts = session.counts();
  EXPECT_EQ(counts.runs, 3);
  EXPECT_EQ(counts.graph_launches, 2);
  EXPECT_EQ(counts.padded, 1);
  EXPECT_EQ(counts.padding, 1);
  EXPECT_EQ(counts.split, 0);
  run(session, pictures(10));  // 4 + 4 + 2, the last for the first time
  counts = session.counts();
  EXPECT_EQ(counts.batches, 4);
  EXPECT_EQ(counts.pictures, 21);
  EXPECT_EQ(counts.runs, 6);
  EXPECT_EQ(counts.graph_launches, 4);
  EXPECT_EQ(counts.first_of_size, 2);
  EXPECT_EQ(counts.split, 1);
  EXPECT_EQ(counts.padded, 1);
  EXPECT_EQ(counts.out_of_memory, 0);
  EXPECT_EQ(counts.not_recordable, 0);
  EXPECT_EQ(counts.largest, 4);
}

TEST_F(StreamSessions, CallsOfManyThreadsShareIt) {
  const model::Graph graph = network();
  const Array all = pictures(30), wanted = by_session(graph, all);
  StreamSession session(graph, side, classes, Device::cpu(), options(4, 2));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::int64_t round = 0; round < 8; ++round) {
          const std::int64_t begin = (t * 5 + round) % 17, end = begin + 1 + (round * 3 + t) % 13;
          EXPECT_TRUE(same_bytes(run(session, all.slice(0, {begin, end})), wanted.slice(0, {begin, end})));
        }
      });
  }
  EXPECT_EQ(session.counts().batches, 32);
}

// Bytes that a session of the largest size `most` takes for one batch of `count`.
std::size_t memory_of(const model::Graph& graph, std::int64_t most, std::int64_t count) {
  const auto counted = std::make_shared<StatisticsMemory>(host_memory());
  StreamSession session(graph, side, classes, Device::cpu(), options(most, 1, counted));
  run(session, pictures(count));
  return counted->statistics().high_water;
}

TEST_F(StreamSessions, HalvesItsSizeWhenMemoryRunsOut) {
  const model::Graph graph = network();
  const Array all = pictures(16), wanted = by_session(graph, all);
  const std::size_t room = memory_of(graph, 4, 4);
  ASSERT_LT(room, memory_of(graph, 8, 8));
  const auto limited = std::make_shared<LimitMemory>(host_memory(), room);
  StreamSession session(graph, side, classes, Device::cpu(), options(16, 1, limited));
  EXPECT_TRUE(same_bytes(run(session, all), wanted));
  const DeviceRuns counts = session.counts();
  EXPECT_EQ(counts.out_of_memory, 2);
  EXPECT_EQ(counts.largest, 4);
  EXPECT_EQ(counts.runs, 4);
  EXPECT_EQ(counts.first_after_out_of_memory, 1);
  EXPECT_EQ(counts.graph_launches, 3);
}

TEST_F(StreamSessions, MemoryRunsOutInTheMiddleOfABatch) {
  const model::Graph graph = network();
  const Array all = pictures(13), wanted = by_session(graph, all);
  // 8 fits, but not the arena of the 4 that follow: 8 are done once, the rest goes on in smaller pieces.
  const auto limited = std::make_shared<LimitMemory>(host_memory(), memory_of(graph, 8, 8) + 64);
  StreamSession session(graph, side, classes, Device::cpu(), options(8, 1, limited));
  EXPECT_TRUE(same_bytes(run(session, all), wanted));
  EXPECT_EQ(session.counts().out_of_memory, 1);
  EXPECT_EQ(session.counts().largest, 4);
  EXPECT_EQ(session.counts().runs, 3);  // 8, 4 and 1: what was done stays done
}

TEST_F(StreamSessions, ManyThreadsWhenMemoryRunsOut) {
  const model::Graph graph = network();
  const Array all = pictures(16), wanted = by_session(graph, all);
  const auto limited = std::make_shared<LimitMemory>(host_memory(), memory_of(graph, 4, 4));
  StreamSession session(graph, side, classes, Device::cpu(), options(16, 1, limited));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) EXPECT_TRUE(same_bytes(run(session, all), wanted));
      });
  }
  EXPECT_EQ(session.counts().largest, 4);  // halved once for all of them
  EXPECT_EQ(session.counts().out_of_memory, 2);
}

TEST_F(StreamSessions, NoMemoryForOnePictureIsAnError) {
  const model::Graph graph = network();
  const auto limited = std::make_shared<LimitMemory>(host_memory(), std::size_t{1000});
  StreamSession session(graph, side, classes, Device::cpu(), options(8, 2, limited));
  for (int twice = 0; twice < 2; ++twice)
    expect_error(Errc::limit_memory, "model: expected memory for one picture at a time on cpu",
                 [&] { run(session, pictures(5)); });
  EXPECT_EQ(session.counts().largest, 1);
  EXPECT_EQ(session.counts().out_of_memory, 3);
}

TEST_F(StreamSessions, GivesEverythingBack) {
  const auto counted = std::make_shared<StatisticsMemory>(host_memory());
  {
    const model::Graph graph = network();
    StreamSession session(graph, side, classes, Device::cpu(), options(4, 3, counted));
    run(session, pictures(20));
    EXPECT_GT(counted->statistics().in_use, 0u);
  }
  EXPECT_EQ(counted->statistics().in_use, 0u);
}

}  // namespace
}  // namespace fovea::test
