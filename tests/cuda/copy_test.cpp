#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "cuda/full_pool.h"
#include "fovea/array.h"
#include "fovea/graph.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"
#include "support/fake_cuda/fake_cuda.h"

namespace fovea {
namespace {

using test::all_types;
using test::counting;
using test::element;
using test::equal;
using test::expect_error;
using test::layouts;
using testing::ElementsAre;

constexpr Slice backwards{Slice::none, Slice::none, -1};

Array sequence(Shape shape) {
  return Array::arange(0, std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()), 1,
                       DType::i32)
      .reshape(std::move(shape));
}

// The fake's device memory is the host's, so that elements can be looked at without the copies that are tested.
void check(Device from_device, Device to_device, Device stream_device) {
  Stream stream(stream_device);
  for (const DType dtype : all_types)
    for (const auto& [from_name, from] : layouts(dtype, from_device))
      for (const auto& [to_name, to] : layouts(dtype, to_device)) {
        for (std::int64_t k = 0; k < to.size(); ++k) std::memset(element(to, k), 255, size_of(dtype));
        copy(from, to, stream);
        stream.synchronize();
        ASSERT_TRUE(equal(from, to)) << name(dtype) << " " << from_name << " to " << to_name << " by "
                                     << stream_device.name();
      }
}

TEST(CudaCopy, HostToDevice) {
  check(Device::cpu(), Device::cuda(), Device::cuda());
}

TEST(CudaCopy, DeviceToHost) {
  check(Device::cuda(), Device::cpu(), Device::cuda());
}

TEST(CudaCopy, OnTheDevice) {
  check(Device::cuda(), Device::cuda(), Device::cuda());
}

TEST(CudaCopy, BetweenDevices) {
  check(Device::cuda(0), Device::cuda(1), Device::cuda(0));
  check(Device::cuda(0), Device::cuda(1), Device::cuda(1));
}

TEST(CudaCopy, OnTheHostByTheDevicesStream) {
  check(Device::cpu(), Device::cpu(), Device::cuda());
}

TEST(CudaCopy, StreamsOfTheProcessorAreInOrderToo) {
  Stream stream;
  const Array host = Array::zeros({100}, DType::i32), back = Array::zeros({100}, DType::i32);
  const Array device = Array::empty({100}, DType::i32, device_memory(Device::cuda()));
  stream.call("fill", [&] { std::iota(host.span<std::int32_t>().begin(), host.span<std::int32_t>().end(), 7); });
  copy(host, device, stream);
  stream.call("clear", [&] { std::ranges::fill(host.span<std::int32_t>(), 0); });
  copy(device, back, stream);
  stream.call("read", [&] { std::ranges::copy(back.span<std::int32_t>(), host.span<std::int32_t>().begin()); });
  stream.synchronize();
  EXPECT_EQ(host.span<std::int32_t>()[0], 7);
  EXPECT_EQ(host.span<std::int32_t>()[99], 106);
}

TEST(CudaCopy, BroadcastsToTheHost) {
  const Array device = sequence({3}).to(Device::cuda()), to = Array::zeros({2, 3}, DType::i32);
  Stream stream(Device::cuda());
  copy(device.broadcast({2, 3}), to, stream);
  stream.synchronize();
  EXPECT_THAT(std::vector(to.span<std::int32_t>().begin(), to.span<std::int32_t>().end()),
              ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(CudaCopy, KeepsItsArraysUntilTheStreamIsPastIt) {
  const long before = fake_cuda_live("device");
  Stream stream(Device::cuda());
  Array result;
  {
    const Array source = sequence({64, 64}).to(Device::cuda());
    result = source.transpose().to(Device::cpu(), stream);
  }
  stream.synchronize();
  EXPECT_TRUE(equal(result, sequence({64, 64}).transpose()));
  while (fake_cuda_live("device") > before) stream.synchronize();  // given back behind the work
}

TEST(CudaCopy, RefusesWhatDoesNotFit) {
  Stream stream(Device::cuda(0)), other(Device::cuda(1));
  const Array a = sequence({4, 4}).to(Device::cuda());
  expect_error(Errc::invalid_argument, "do not overlap", [&] { copy(a, a.transpose(), stream); });
  expect_error(Errc::invalid_argument, "a stream of cuda:0 or cpu, got one of cuda:1", [&] {
    copy(a, Array::empty({4, 4}, DType::i32), other);
  });
  const Array many = sequence({5000, 2, 2}).to(Device::cuda()).slice(0, backwards).slice(2, backwards);
  expect_error(Errc::unsupported, "at most 4096 blocks of rows, got 10000 in i32[5000, 2, 2] from cuda:0 to cuda:0",
               [&] {
                 copy(many, Array::empty({5000, 2, 2}, DType::i32, device_memory(Device::cuda())), stream);
               });
  EXPECT_TRUE(equal(many.to(Device::cpu()), sequence({5000, 2, 2}).slice(0, backwards).slice(2, backwards)));
  expect_error(Errc::invalid_argument, "Array::copy: expected an array on the host, got one on cuda:0",
               [&] { (void)a.copy(); });
}

TEST(CudaCopy, IsRecorded) {
  Stream stream(Device::cuda());
  const Array host = Array::empty({16}, DType::i32, pinned_memory(Device::cuda()));
  const Array back = Array::empty({16}, DType::i32, pinned_memory(Device::cuda()));
  const Graph graph = Graph::record(stream, [&] {
    const Array device = host.to(Device::cuda(), stream);
    copy(device.slice(0, backwards).slice(0, backwards), back, stream);
  });
  const GraphExec exec = graph.instantiate();
  for (const int first : {1, 2}) {
    std::ranges::fill(host.span<std::int32_t>(), first);
    exec.launch(stream);
    stream.synchronize();
    EXPECT_EQ(back.span<std::int32_t>()[15], first);
  }
}

TEST(CudaArray, GoesThereAndBack) {
  const Array a = counting({5, 7}, DType::c64), there = a.to(Device::cuda(1));
  EXPECT_EQ(there.device(), Device::cuda(1));
  EXPECT_TRUE(there.contiguous());
  EXPECT_TRUE(equal(there.to(Device::cpu()), a));
  EXPECT_TRUE(equal(there.transpose().to(Device::cuda(0)).to(Device::cpu()), a.transpose()));
  EXPECT_EQ(Array::empty({0, 3}, DType::u8).to(Device::cuda()).shape(), (Shape{0, 3}));
  EXPECT_EQ(Array::full({}, 4, DType::i32).to(Device::cuda()).to(Device::cpu()).item<std::int32_t>(), 4);
  EXPECT_EQ(Array().to(Device::cuda()).size(), 0);
}

TEST(CudaArray, IsMadeAndGivenBackInTheOrderOfItsStream) {
  Stream stream(Device::cuda());
  Array result;
  for (int round = 0; round < 20; ++round) {
    const Array there = sequence({1000}).to(Device::cuda(), stream);
    result = there.to(Device::cpu(), stream);
  }
  stream.synchronize();
  EXPECT_TRUE(equal(result, sequence({1000})));
}

TEST(CudaArray, FailuresComeOut) {
  const Array a = sequence({10});
  {
    const test::FullPool full(Device::cuda(), std::size_t{1} << 20);
    expect_error(Errc::device_memory, "cuda:0", [&] { (void)Array::empty({1 << 20}, DType::f64).to(Device::cuda()); });
  }
  EXPECT_TRUE(equal(a.to(Device::cuda()).to(Device::cpu()), a));
}

}  // namespace
}  // namespace fovea
