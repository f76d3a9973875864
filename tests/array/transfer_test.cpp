#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <future>
#include <numeric>

#include "array/copy_layout.h"
#include "fovea/array.h"
#include "fovea/graph.h"
#include "fovea/memory_adaptors.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::all_types;
using test::element;
using test::equal;
using test::expect_error;
using test::layouts;
using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<int> values(const Array& array) {
  const auto span = array.span<std::int32_t>();
  return {span.begin(), span.end()};
}

Array sequence(Shape shape) {
  return Array::arange(0, std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()), 1,
                       DType::i32)
      .reshape(std::move(shape));
}

TEST(Copy, EveryTypeBetweenAnyLayouts) {
  Stream stream;
  for (const DType dtype : all_types)
    for (const auto& [from_name, from] : layouts(dtype))
      for (const auto& [to_name, to] : layouts(dtype)) {
        for (std::int64_t k = 0; k < to.size(); ++k) std::memset(element(to, k), 255, size_of(dtype));
        copy(from, to, stream);
        stream.synchronize();
        EXPECT_TRUE(equal(from, to)) << name(dtype) << " " << from_name << " to " << to_name;
      }
}

TEST(Copy, LeavesTheRestAlone) {
  const Array whole = Array::full({3, 4}, 9, DType::i32);
  Stream stream;
  copy(sequence({2, 2}), whole.slice(0, {0, 3, 2}).slice(1, {1, 3}), stream);
  stream.synchronize();
  EXPECT_THAT(values(whole), ElementsAre(9, 0, 1, 9, 9, 9, 9, 9, 9, 2, 3, 9));
}

TEST(Copy, RepeatsABroadcast) {
  const Array to = Array::empty({2, 3}, DType::i32);
  Stream stream;
  copy(sequence({3}).broadcast({2, 3}), to, stream);
  stream.synchronize();
  EXPECT_THAT(values(to), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(Copy, SingleElementsAndNone) {
  Stream stream;
  const Array to = Array::zeros({}, DType::f32);
  copy(Array::full({}, 7.0, DType::f32), to, stream);
  copy(Array::empty({0, 5}, DType::f32), Array::empty({0, 5}, DType::f32), stream);
  copy(Array(), Array(), stream);
  stream.synchronize();
  EXPECT_EQ(to.item<float>(), 7);
}

TEST(Copy, RefusesWhatDoesNotFit) {
  Stream stream;
  const Array a = sequence({4, 4});
  const auto refused = [&](const std::string& part, const Array& from, const Array& to) {
    expect_error(Errc::invalid_argument, part, [&] { copy(from, to, stream); });
  };
  refused("one type and shape, got i32[4, 4] and i32[2, 8]", a, sequence({2, 8}));
  refused("got i32[4, 4] and f32[4, 4]", a, Array::zeros({4, 4}, DType::f32));
  refused("read-only", a, sequence({4, 4}).read_only());
  refused("read-only", sequence({2, 4}), Array::empty({4}, DType::i32).broadcast({2, 4}));
  int there = 0;
  expect_error(Errc::invalid_argument, "a stream of cuda:1 or cuda:0, got one of cpu", [&] {
    copy(Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda(1)),
         Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda(0)), stream);
  });
  stream.synchronize();
}

TEST(Copy, OverlapIsRefusedAndNeighboursAreNot) {
  Stream stream;
  const Array a = sequence({8, 8});
  const auto refused = [&](const Array& from, const Array& to) {
    expect_error(Errc::invalid_argument, "do not overlap", [&] { copy(from, to, stream); });
  };
  refused(a, a);
  refused(a, a.transpose());
  refused(a.slice(0, {0, 5}), a.slice(0, {3, 8}));
  refused(a.slice(1, {0, 5}), a.slice(1, {3, 8}));
  refused(a.slice(0, {0, 8, 2}), a.slice(0, {0, 4}));
  refused(a.reshape({64}).slice(0, {0, 64, 9}), a[4]);     // the diagonal meets row 4
  refused(a.slice(0, {Slice::none, Slice::none, -1}), a);  // rows in reverse
  const Array bytes = Array::zeros({9}, DType::u8);
  const Array low = Array::borrow(bytes.data(), {2}, DType::f32, nullptr),
              high = Array::borrow(bytes.data() + 1, {2}, DType::f32, nullptr);
  refused(low, high);                                          // a part of an element
  copy(a.slice(1, {0, 4}), a.slice(1, {4, 8}), stream);        // left half to right half
  copy(a.slice(0, {0, 8, 2}), a.slice(0, {1, 8, 2}), stream);  // even rows to odd ones
  copy(a.slice(1, {0, 8, 2}), a.slice(1, {1, 8, 2}), stream);  // even columns to odd ones
  copy(a[0], a.reshape({64}).slice(0, {8, 64, 7}), stream);    // a row to part of the other diagonal
  stream.synchronize();
  EXPECT_THAT(values(a[1]), ElementsAre(0, 0, 2, 2, 0, 0, 2, 0));
}

TEST(Copy, KeepsItsArraysUntilTheStreamIsPastIt) {
  auto counted = std::make_shared<StatisticsMemory>(host_memory());
  Stream stream;
  std::promise<void> gate;
  stream.call("gate", [&] { gate.get_future().wait(); });
  Array result = Array::empty({1000}, DType::i32);
  {
    const Array source = Array::empty({1000}, DType::i32, counted);
    std::fill_n(source.span<std::int32_t>().begin(), 1000, 5);
    copy(source, result, stream);
  }
  EXPECT_EQ(counted->statistics().in_use, 4000u);
  gate.set_value();
  stream.synchronize();
  EXPECT_EQ(counted->statistics().in_use, 0u);
  EXPECT_EQ(values(result), std::vector<int>(1000, 5));
}

TEST(Copy, IsRecordedWithItsArrays) {
  auto counted = std::make_shared<StatisticsMemory>(host_memory());
  Stream stream;
  const Array left = Array::zeros({4, 8}, DType::i32), turned = Array::zeros({8, 4}, DType::i32);
  {
    Array source = Array::zeros({4, 8}, DType::i32, counted);
    const Graph graph = Graph::record(stream, [&] {
      copy(source, left, stream);
      copy(source.transpose(), turned, stream);
    });
    ASSERT_EQ(graph.nodes().size(), 2u);
    EXPECT_EQ(graph.nodes()[0].kind, GraphNode::Kind::copy);
    EXPECT_EQ(graph.nodes()[0].name, "copy 128 bytes cpu to cpu");
    EXPECT_EQ(graph.nodes()[1].kind, GraphNode::Kind::call);
    EXPECT_EQ(graph.nodes()[1].name, "copy 128 bytes cpu to cpu");
    std::iota(source.span<std::int32_t>().begin(), source.span<std::int32_t>().end(), 0);
    source = Array();
    const GraphExec exec = graph.instantiate();
    exec.launch(stream);
    stream.synchronize();
    EXPECT_EQ(counted->statistics().in_use, 128u);
  }
  EXPECT_EQ(counted->statistics().in_use, 0u);
  EXPECT_TRUE(equal(left, sequence({4, 8})));
  EXPECT_TRUE(equal(turned, sequence({4, 8}).transpose()));
}

// Layouts by hand: what a device is asked for.
TEST(CopyLayout, FewestPitchedCopies) {
  const Array image = sequence({10, 20, 3});
  const auto plan = [](const Array& from, const Array& to) { return pitched_copies(copy_layout(from, to)); };

  const PitchedCopies whole = plan(image, sequence({10, 20, 3}));
  EXPECT_EQ(whole.count, 1u);
  EXPECT_EQ(whole.first.rows, 1u);
  EXPECT_EQ(whole.first.row_bytes, 2400u);

  const PitchedCopies part = plan(image.slice(1, {5, 9}), Array::empty({10, 4, 3}, DType::i32));
  EXPECT_EQ(part.count, 1u);
  EXPECT_EQ(part.first.rows, 10u);
  EXPECT_EQ(part.first.row_bytes, 48u);
  EXPECT_EQ(part.first.from_pitch, 240u);
  EXPECT_EQ(part.first.to_pitch, 48u);

  // [5, 6, 7] of a larger block: 6 rows each of 5 planes, or 5 each of 6; the larger number of rows is taken.
  const PitchedCopies block =
      plan(sequence({8, 8, 9}).slice(0, {0, 5}).slice(1, {0, 6}).slice(2, {1, 8}), Array::empty({5, 6, 7}, DType::i32));
  EXPECT_EQ(block.count, 5u);
  EXPECT_EQ(block.first.rows, 6u);
  EXPECT_EQ(block.first.row_bytes, 28u);

  const PitchedCopies reversed =
      plan(image.slice(0, {Slice::none, Slice::none, -1}), Array::empty({10, 20, 3}, DType::i32));
  EXPECT_EQ(reversed.count, 10u);
  EXPECT_EQ(reversed.first.rows, 1u);
  EXPECT_EQ(reversed.first.row_bytes, 240u);

  // Both transposed is both straight.
  const PitchedCopies turned = plan(image.transpose(), Array::empty({10, 20, 3}, DType::i32).transpose());
  EXPECT_EQ(turned.count, 1u);
  EXPECT_EQ(turned.first.row_bytes, 2400u);
}

TEST(ArrayTo, ItsOwnDeviceIsItself) {
  const Array a = sequence({3});
  EXPECT_EQ(a.to(Device::cpu()).data(), a.data());
  EXPECT_EQ(a.to(Device::cpu(), Stream()).data(), a.data());
}

TEST(ArrayTo, DeviceThatCannotBeUsed) {
  expect_error(Errc::device, "cuda:999", [] { (void)sequence({3}).to(Device::cuda(999)); });
  Stream stream;
  expect_error(Errc::device, "cuda:999", [&] { (void)sequence({3}).to(Device::cuda(999), stream); });
}

// Host memory that is freed when the stream gets there, as is any Memory's that says nothing else.
struct Counted final : Memory {
  std::atomic<std::size_t> in_use{0};
  void* allocate(std::size_t bytes) override {
    in_use += bytes;
    return host_memory()->allocate(bytes);
  }
  void deallocate(void* pointer, std::size_t bytes) noexcept override {
    in_use -= bytes;
    host_memory()->deallocate(pointer, bytes);
  }
  Device device() const override { return Device::cpu(); }
};

TEST(ArrayEmpty, GoesBackInTheOrderOfItsStream) {
  auto counted = std::make_shared<Counted>();
  Stream stream;
  std::promise<void> gate;
  stream.call("gate", [&] { gate.get_future().wait(); });
  std::byte* data = nullptr;
  {
    const Array array = Array::empty({5, 5}, DType::f64, counted, stream);
    EXPECT_TRUE(array.contiguous());
    data = array.data();
    stream.call("use", [data] { std::memset(data, 1, 200); });
  }
  EXPECT_EQ(counted->in_use, 200u);
  gate.set_value();
  stream.synchronize();
  EXPECT_EQ(counted->in_use, 0u);
}

TEST(ArrayEmpty, LivesAsLongAsTheGraphItWasMadeIn) {
  auto counted = std::make_shared<Counted>();
  {
    Stream stream;
    const Graph graph = Graph::record(stream, [&] {
      const Array array = Array::empty({10}, DType::u8, counted, stream);
      stream.call("use", [data = array.data()] { std::memset(data, 1, 10); });
    });
    const GraphExec exec = graph.instantiate();
    exec.launch(stream);
    exec.launch(stream);
    stream.synchronize();
    EXPECT_EQ(counted->in_use, 10u);
  }
  EXPECT_EQ(counted->in_use, 0u);
}

// Memory that says it is a device's.
class Elsewhere final : public Memory {
 public:
  void* allocate(std::size_t bytes) override { return host_memory()->allocate(bytes); }
  void deallocate(void* pointer, std::size_t bytes) noexcept override { host_memory()->deallocate(pointer, bytes); }
  Device device() const override { return Device::cuda(1); }
};

TEST(ArrayEmpty, RefusesAnotherDevicesMemory) {
  Stream stream;
  expect_error(Errc::invalid_argument, "the stream's device, cpu, got memory of cuda:1",
               [&] { (void)Array::empty({1}, DType::u8, std::make_shared<Elsewhere>(), stream); });
  expect_error(Errc::invalid_argument, "Array::empty: expected extents of 0 or more",
               [&] { (void)Array::empty({-1}, DType::u8, host_memory(), stream); });
}

}  // namespace
}  // namespace fovea
