#include "fovea/device.h"

#include <charconv>
#include <cstdlib>

#include "base/text.h"
#include "device/backend.h"
#include "device/cpu/device.h"
#include "device/cuda/device.h"
#include "fovea/error.h"

namespace fovea {

Device Device::parse(std::string_view text) {
  if (text == "cpu") return cpu();
  if (text == "cuda") return cuda();
  constexpr std::string_view prefix = "cuda:";
  if (text.starts_with(prefix)) {
    const std::string_view digits = text.substr(prefix.size());
    unsigned index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error == std::errc() && end == digits.data() + digits.size() && index < 1024)
      return cuda(static_cast<int>(index));
  }
  throw Error(Errc::invalid_argument,
              "device: expected cpu, cuda or cuda:<index>, got \"" + escaped(text.substr(0, 40)) + "\"");
}

std::string Device::name() const {
  return kind == Kind::cpu ? "cpu" : "cuda:" + std::to_string(index);
}

std::string unavailable_reason(Device device) {
  if (device.kind == Device::Kind::cuda && forked_after_cuda())
    return "this process was forked off after CUDA was initialised; fork before the first use of a CUDA device";
  if (device.kind == Device::Kind::cuda)
    return cuda_reason(cuda_driver(), device.index, std::getenv("CUDA_VISIBLE_DEVICES"));
  return device.index == 0 ? "" : "there is one cpu device, with index 0";
}

DeviceBackend& backend(Device device) {
  if (const std::string reason = unavailable_reason(device); !reason.empty())
    throw Error(Errc::device, "device: expected one that can be used, got " + device.name() + ": " + reason);
  if (device.kind == Device::Kind::cuda) return cuda_backend(device.index);
  return cpu_backend();
}

DeviceChoice choose_device(std::string_view request) {
  if (request == "auto") {
    const std::string reason = unavailable_reason(Device::cuda());
    if (reason.empty()) return {Device::cuda(), "cuda can be used"};
    return {Device::cpu(), "cuda cannot be used: " + reason};
  }
  const Device device = Device::parse(request);
  if (const std::string reason = unavailable_reason(device); !reason.empty())
    throw Error(Errc::device,
                "device: " + std::string(request) + " asked for, but " + reason + "; use --device cpu or auto");
  return {device, "asked for"};
}

}  // namespace fovea
