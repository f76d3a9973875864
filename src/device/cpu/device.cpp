#include "device/cpu/device.h"

#include "device/cpu/stream.h"

namespace fovea {
namespace {

constexpr StreamPriorities levels{0, -5};

class CpuDevice final : public DeviceBackend {
 public:
  StreamPriorities priorities() const override { return levels; }
  std::shared_ptr<StreamBackend> make_stream(int priority) override { return std::make_shared<CpuStream>(priority); }
  std::shared_ptr<Memory> memory() override { return host_memory(); }
  std::shared_ptr<Memory> pinned_memory() override { return host_memory(); }
};

}  // namespace

DeviceBackend& cpu_backend() {
  static CpuDevice instance;
  return instance;
}

}  // namespace fovea
