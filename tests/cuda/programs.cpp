#include "cuda/programs.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "device/cpu/device.h"
#include "fovea/memory.h"

namespace fovea::test {
namespace {

constexpr std::size_t bytes = 1000;

// Lasts as long as the process: work that a lost device was at may end late.
template <class T>
T& lasting(T value) {
  static std::vector<std::unique_ptr<T>>& all = *new std::vector<std::unique_ptr<T>>;
  return *all.emplace_back(std::make_unique<T>(std::move(value)));
}

// Frees its block behind the stream's work, and ends no sooner than that work.
class Block {
 public:
  Block(CudaDevice& device, std::shared_ptr<StreamBackend> stream)
      : memory_(device.async_memory()),
        stream_(std::move(stream)),
        data_(static_cast<std::byte*>(memory_->allocate(bytes))) {}
  ~Block() {
    try {
      stream_->synchronize();
    } catch (const Error&) {
    }
    memory_->deallocate(data_, bytes);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::shared_ptr<Memory> memory_;
  std::shared_ptr<StreamBackend> stream_;
  std::byte* data_;
};

Transfer between(std::byte* to, Device to_device, const std::byte* from, Device from_device) {
  return {to, from, to_device, from_device, bytes, 1, 0, 0};
}

}  // namespace

void copy_program(CudaDevice& device) {
  auto& sent = lasting(std::vector<std::byte>(bytes, std::byte{7}));
  auto& back = lasting(std::vector<std::byte>(bytes));
  int& calls = lasting(0);
  const auto stream = device.make_stream(0);
  const Block block(device, stream);
  const auto begin = stream->record();
  stream->copy(between(block.data(), device.device(), sent.data(), Device::cpu()));
  stream->fill({block.data(), std::byte{9}, 1});
  stream->call("count", [&calls] { ++calls; });
  stream->copy(between(back.data(), Device::cpu(), block.data(), device.device()));
  const auto end = stream->record();
  end->wait();
  stream->synchronize();
  EXPECT_GE(end->ms_since(*begin), 0.0);
  sent[0] = std::byte{9};
  EXPECT_EQ(sent, back);
  EXPECT_EQ(calls, 1);
}

void graph_program(CudaDevice& device) {
  int& value = lasting(0);
  const auto stream = device.make_stream(0);
  const Block from(device, stream), to(device, stream);
  const auto record = [&](int v) {
    stream->begin_recording();
    try {
      stream->copy(between(to.data(), device.device(), from.data(), device.device()));
      stream->call("set", [&value, v] { value = v; });
    } catch (...) {
      stream->drop_recording();
      throw;
    }
    return stream->end_recording();
  };
  const auto exec = record(1)->instantiate();
  exec->launch(*stream);
  stream->synchronize();
  EXPECT_EQ(value, 1);
  exec->update(*record(2));
  exec->set_copy(0, from.data(), to.data());
  exec->launch(*stream);
  stream->synchronize();
  EXPECT_EQ(value, 2);
}

void nested_graph_program(CudaDevice& device) {
  int& value = lasting(0);
  const auto stream = device.make_stream(0), side = device.make_stream(0);
  const Block from(device, stream), to(device, stream);
  const auto record = [&](const std::function<void()>& work) {
    stream->begin_recording();
    try {
      work();
    } catch (...) {
      stream->drop_recording();
      throw;
    }
    return stream->end_recording()->instantiate();
  };
  const auto inner = record([&] {
    stream->fill({from.data(), std::byte{9}, bytes});
    stream->copy(between(to.data(), device.device(), from.data(), device.device()));
    stream->call("add", [&value] { ++value; });
  });
  const auto outer = record([&] {
    inner->launch(*stream);
    side->wait(stream->record());
    inner->launch(*side);
    stream->wait(side->record());
  });
  outer->set_copy(1, from.data(), to.data());
  outer->launch(*stream);
  inner->launch(*stream);
  stream->synchronize();
  EXPECT_EQ(value, 3);
}

void wait_program(CudaDevice& device) {
  int& value = lasting(1);
  const auto stream = device.make_stream(0);
  const Block block(device, stream);  // for its end
  const auto cpu = cpu_backend().make_stream(0);
  cpu->call("double", [&value] { value *= 2; });
  stream->wait(cpu->record());
  stream->call("add", [&value] { value += 10; });
  const auto added = stream->record();
  cpu->wait(added);
  cpu->call("double", [&value] { value *= 2; });
  cpu->synchronize();
  stream->synchronize();
  EXPECT_EQ(value, 24);
}

}  // namespace fovea::test
