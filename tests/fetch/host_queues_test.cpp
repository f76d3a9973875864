#include "fetch/host_queues.h"

#include <gtest/gtest.h>

#include <string>

namespace fovea::fetch {
namespace {

using Seconds = std::chrono::seconds;
const Clock::time_point start{Seconds(1000)};

std::unique_ptr<Request> request(const std::string& name) {
  auto made = std::make_unique<Request>();
  made->url = parse_url("http://" + name.substr(0, 1) + "/").value();
  made->asked = name;
  return made;
}

// All that can be taken now, by name.
std::string taken(HostQueues& queues, Clock::time_point now = start) {
  std::string names;
  while (const auto next = queues.take(now)) names += next->asked + " ";
  return names;
}

HostQueues filled(int per_host, const std::vector<std::string>& names) {
  HostQueues queues(per_host);
  for (const std::string& name : names) queues.push(request(name));
  return queues;
}

TEST(HostQueues, HostsTakeTurns) {
  HostQueues queues = filled(9, {"a1", "a2", "a3", "b1", "c1", "c2"});
  EXPECT_EQ(taken(queues), "a1 b1 c1 a2 c2 a3 ");
}

TEST(HostQueues, NoMoreThanItsShareOfAHost) {
  HostQueues queues = filled(2, {"a1", "a2", "a3", "a4", "b1"});
  EXPECT_EQ(taken(queues), "a1 b1 a2 ");
  queues.ended("a", start);
  EXPECT_EQ(taken(queues), "a3 ");
  queues.ended("b", start);
  EXPECT_EQ(taken(queues), "");
  queues.ended("a", start);
  EXPECT_EQ(taken(queues), "a4 ");
}

TEST(HostQueues, WhatHasBegunGoesFirst) {
  HostQueues queues = filled(1, {"a1", "a2"});
  queues.push_front(request("a3"));
  EXPECT_EQ(taken(queues), "a3 ");
}

TEST(HostQueues, AHeldHostIsLeftAlone) {
  HostQueues queues = filled(1, {"a1", "a2", "b1"});
  EXPECT_EQ(queues.take(start)->asked, "a1");
  queues.hold("a", start + Seconds(5));
  queues.ended("a", start);
  EXPECT_EQ(taken(queues), "b1 ");
  EXPECT_EQ(queues.next_release(), start + Seconds(5));
  EXPECT_EQ(taken(queues, start + Seconds(4)), "");
  queues.hold("a", start + Seconds(2));
  EXPECT_EQ(taken(queues, start + Seconds(5)), "a2 ");
  EXPECT_EQ(queues.next_release(), Clock::time_point::max());
}

// Also when nothing of it waits meanwhile.
TEST(HostQueues, AHoldOutlastsTheQueue) {
  HostQueues queues = filled(1, {"a1"});
  EXPECT_EQ(taken(queues), "a1 ");
  queues.hold("a", start + Seconds(5));
  queues.ended("a", start);
  queues.push(request("a2"));
  EXPECT_EQ(taken(queues, start + Seconds(4)), "");
  EXPECT_EQ(taken(queues, start + Seconds(5)), "a2 ");
}

TEST(HostQueues, GivesUpAllThatWaits) {
  HostQueues queues = filled(1, {"a1", "a2", "b1"});
  EXPECT_EQ(queues.take(start)->asked, "a1");
  EXPECT_EQ(queues.take_all().size(), 2u);
  EXPECT_EQ(taken(queues), "");
}

}  // namespace
}  // namespace fovea::fetch
