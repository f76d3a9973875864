#pragma once
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "device/backend.h"
#include "fovea/device.h"
#include "fovea/graph.h"
#include "fovea/memory.h"

namespace fovea::test {

// What every device must do alike. Each test program says which devices it has.
std::vector<Device> suite_devices();

class DeviceSuite : public testing::TestWithParam<Device> {
 protected:
  Device device() const { return GetParam(); }
};

inline std::string device_label(const testing::TestParamInfo<Device>& device) {
  return device.param.kind == Device::Kind::cpu ? "cpu" : "cuda" + std::to_string(device.param.index);
}

// Memory of a device with what it takes to fill and read it.
class DeviceBytes {
 public:
  DeviceBytes(Device device, std::size_t bytes)
      : memory_(device_memory(device)), bytes_(bytes), data_(static_cast<std::byte*>(memory_->allocate(bytes))) {}
  ~DeviceBytes() { memory_->deallocate(data_, bytes_); }
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  std::byte* data() const { return data_; }

  Transfer from_host(const std::byte* host) const {
    return {data_, host, memory_->device(), Device::cpu(), bytes_, 1, 0, 0};
  }
  Transfer to_host(std::byte* host) const { return {host, data_, Device::cpu(), memory_->device(), bytes_, 1, 0, 0}; }
  std::vector<std::byte> read(const Stream& stream) const {
    std::vector<std::byte> host(bytes_);
    stream.backend()->copy(to_host(host.data()));
    stream.synchronize();
    return host;
  }

 private:
  std::shared_ptr<Memory> memory_;
  std::size_t bytes_;
  std::byte* data_;
};

// Bytes that differ from their neighbours and repeat after 251.
inline std::vector<std::byte> numbered_bytes(std::size_t count, unsigned seed = 0) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>((i + seed) % 251);
  return bytes;
}

}  // namespace fovea::test
