#include <algorithm>
#include <cstring>
#include <future>

#include "fovea/error.h"
#include "suites/device/device_suite.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

using CopySuite = DeviceSuite;
INSTANTIATE_TEST_SUITE_P(Devices, CopySuite, testing::ValuesIn(suite_devices()), device_label);

constexpr std::size_t MiB = std::size_t{1} << 20;

// More than the buffers of a copy of pageable memory hold, and no whole number of them.
TEST_P(CopySuite, PageableMemoryThereAndBack) {
  Stream stream(device());
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4096}, 4 * MiB, 13 * MiB + 5}) {
    const std::vector<std::byte> sent = numbered_bytes(bytes, 3);
    const DeviceBytes there(device(), bytes);
    stream.backend()->copy(there.from_host(sent.data()));
    EXPECT_EQ(there.read(stream), sent) << bytes;
  }
}

TEST_P(CopySuite, PinnedMemoryThereAndBack) {
  Stream stream(device());
  const auto pinned = pinned_memory(device());
  EXPECT_EQ(pinned->device(), Device::cpu());
  const std::vector<std::byte> sent = numbered_bytes(5 * MiB + 1);
  const DeviceBytes there(device(), sent.size());
  auto* const host = static_cast<std::byte*>(pinned->allocate(sent.size()));
  std::copy(sent.begin(), sent.end(), host);
  stream.backend()->copy(there.from_host(host));
  stream.call("clear", [&] { std::memset(host, 0, sent.size()); });
  stream.backend()->copy(there.to_host(host));
  stream.synchronize();
  EXPECT_TRUE(std::equal(sent.begin(), sent.end(), host));
  pinned->deallocate(host, sent.size());
}

// Rows of 3 of 5 bytes become rows of 3 of 4, on the device, and the bytes between rows stay.
TEST_P(CopySuite, RowsWithPitches) {
  Stream stream(device());
  const std::vector<std::byte> sent = numbered_bytes(10);
  const DeviceBytes from(device(), 10), to(device(), 8);
  stream.backend()->copy(from.from_host(sent.data()));
  stream.backend()->fill({to.data(), std::byte{200}, 8});
  stream.backend()->copy({to.data(), from.data(), device(), device(), 3, 2, 4, 5});
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> result;
    for (int value : values) result.push_back(static_cast<std::byte>(value));
    return result;
  };
  EXPECT_EQ(to.read(stream), bytes({0, 1, 2, 200, 5, 6, 7, 200}));
}

// Narrow rows, many of which fit a buffer, and rows that are wider than one.
TEST_P(CopySuite, RowsOfPageableMemory) {
  struct Case {
    std::size_t row_bytes, rows, host_pitch;
  };
  Stream stream(device());
  for (const Case& c : {Case{1000, 9001, 1003}, {5 * MiB, 3, 5 * MiB + 7}}) {
    std::vector<std::byte> sent = numbered_bytes(c.host_pitch * c.rows, 9), back(sent.size(), std::byte{255});
    const DeviceBytes there(device(), c.row_bytes * c.rows);
    stream.backend()->copy(
        {there.data(), sent.data(), device(), Device::cpu(), c.row_bytes, c.rows, c.row_bytes, c.host_pitch});
    stream.backend()->copy(
        {back.data(), there.data(), Device::cpu(), device(), c.row_bytes, c.rows, c.host_pitch, c.row_bytes});
    stream.synchronize();
    for (std::size_t i = 0; i < sent.size(); ++i)
      if (i % c.host_pitch >= c.row_bytes) sent[i] = std::byte{255};
    EXPECT_TRUE(sent == back) << c.row_bytes;
  }
}

TEST_P(CopySuite, ReadsPageableMemoryInStreamOrderNotBefore) {
  Stream stream(device());
  std::vector<std::byte> host(100);
  const DeviceBytes there(device(), host.size());
  std::promise<void> gate;
  stream.call("produce", [&, opened = gate.get_future().share()] {
    opened.wait();
    std::fill(host.begin(), host.end(), std::byte{7});
  });
  stream.backend()->copy(there.from_host(host.data()));
  stream.call("spoil", [&] { std::fill(host.begin(), host.end(), std::byte{9}); });
  gate.set_value();
  EXPECT_EQ(there.read(stream), std::vector<std::byte>(host.size(), std::byte{7}));
}

TEST_P(CopySuite, WhatFollowsACallThatFailedIsNotWritten) {
  Stream stream(device());
  const DeviceBytes there(device(), 16);
  stream.backend()->fill({there.data(), std::byte{5}, 16});
  std::vector<std::byte> host(16);
  stream.call("fail", [] { throw Error(Errc::io, "gone"); });
  stream.backend()->copy(there.to_host(host.data()));
  expect_error(Errc::io, "fail: gone", [&] { stream.synchronize(); });
  EXPECT_EQ(host, std::vector<std::byte>(16));
}

TEST_P(CopySuite, BetweenHostPlaces) {
  Stream stream(device());
  const std::vector<std::byte> from = numbered_bytes(1000);
  std::vector<std::byte> to(1000);
  stream.backend()->copy({to.data(), from.data(), Device::cpu(), Device::cpu(), 1000, 1, 0, 0});
  stream.synchronize();
  EXPECT_EQ(to, from);
}

TEST_P(CopySuite, MemoryInStreamOrder) {
  Stream stream(device()), other(device());
  const auto memory = device_memory(device());
  EXPECT_EQ(memory->device(), device());
  std::vector<std::byte> back(64);
  auto* const block = static_cast<std::byte*>(memory->allocate_async(64, stream));
  stream.backend()->fill({block, std::byte{3}, 64});
  other.wait(stream.record());
  other.backend()->copy({back.data(), block, Device::cpu(), device(), 64, 1, 0, 0});
  memory->deallocate_async(block, 64, other);
  other.synchronize();
  EXPECT_EQ(back, std::vector<std::byte>(64, std::byte{3}));
  EXPECT_EQ(memory->allocate_async(0, stream), nullptr);
  memory->deallocate_async(nullptr, 0, stream);
}

}  // namespace
}  // namespace fovea::test
