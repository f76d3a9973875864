#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "device/backend.h"
#include "device/host_memory.h"
#include "fovea/expr.h"
#include "fovea/graph.h"
#include "fovea/ops.h"
#include "fovea/profile.h"

// What the library itself records.
namespace fovea {
namespace {

using testing::Contains;
using testing::ElementsAre;

std::vector<std::string> lines(const Profile& profile) {
  std::vector<std::string> result;
  for (const ProfileGroup& g : profile.groups)
    result.push_back(std::string(name(g.activity)) + " " + g.name + " x" + std::to_string(g.calls) +
                     (g.bytes > 0 ? " " + std::to_string(g.bytes) + " bytes" : ""));
  return result;
}

TEST(ProfiledWork, CallsCopiesFillsAndWaitsOfStreams) {
  std::vector<std::byte> from(4096), to(4096);
  Stream stream, other;
  start_profile();
  stream.call("produce", [] {});
  stream.call("produce", [] { throw Error(Errc::internal, "failed"); });
  stream.call("skipped", [] {});
  EXPECT_THROW(stream.synchronize(), Error);
  stream.backend()->copy({to.data(), from.data(), Device::cpu(), Device::cpu(), 100, 20, 200, 200});
  stream.backend()->fill({to.data(), std::byte{1}, 4096});
  const Event filled = stream.record();
  filled.wait();
  stream.synchronize();
  Profile profile = stop_profile();
  EXPECT_THAT(lines(profile), testing::UnorderedElementsAre("copy cpu to cpu x1 2000 bytes", "fill fill x1 4096 bytes",
                                                            "wait stream x2", "wait event x1", "host call produce x2"));
}

TEST(ProfiledWork, WaitsOfAStreamForAnother) {
  Stream first, second;
  std::promise<void> gate;
  start_profile();
  first.call("hold", [opened = gate.get_future().share()] { opened.wait(); });
  second.wait(first.record());
  gate.set_value();
  second.synchronize();
  first.synchronize();
  EXPECT_THAT(lines(stop_profile()), Contains("wait stream for an event x1"));
}

TEST(ProfiledWork, NodesOfAGraph) {
  std::vector<std::byte> from(64), to(64);
  Stream stream;
  const Graph graph = Graph::record(stream, [&] {
    stream.call("node", [] {});
    stream.backend()->copy({to.data(), from.data(), Device::cpu(), Device::cpu(), 64});
  });
  const GraphExec exec = graph.instantiate();
  start_profile();
  for (int k = 0; k < 3; ++k) exec.launch(stream);
  stream.synchronize();
  const auto got = lines(stop_profile());
  EXPECT_THAT(got, Contains("host call node x3"));
  EXPECT_THAT(got, Contains("copy cpu to cpu x3 192 bytes"));
}

TEST(ProfiledWork, LargeBlocksOfTheSystem) {
  const auto memory = system_memory();
  start_profile();
  void* large = memory->allocate(1 << 20);
  void* small = memory->allocate(100);
  const Profile profile = stop_profile();
  memory->deallocate(large, 1 << 20);
  memory->deallocate(small, 100);
  EXPECT_THAT(lines(profile), ElementsAre("allocation host memory x1 1048576 bytes"));
}

TEST(ProfiledWork, OpsWithTheirVariantAndEvaluations) {
  const Array x = Array::zeros({4, 4}, DType::f32);
  start_profile();
  ops::apply("softmax", {}, {&x, 1});
  ops::apply("softmax", {}, {&x, 1});
  eval(sqrt(x));
  eval_scalar(sum(x));
  const auto got = lines(stop_profile());
  EXPECT_THAT(got, Contains(testing::MatchesRegex("op softmax/[a-z]+ x2")));
  EXPECT_THAT(got, Contains("op eval/elements x2"));  // the scalar is cast to f64
  EXPECT_THAT(got, Contains("op eval/reduction x1"));
}

TEST(ProfiledWork, AnEmptyEvaluationIsNone) {
  start_profile();
  eval(sqrt(Array::zeros({0, 3}, DType::f32)));
  EXPECT_TRUE(stop_profile().groups.empty());
}

}  // namespace
}  // namespace fovea
