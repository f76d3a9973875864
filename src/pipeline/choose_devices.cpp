#include <algorithm>

#include "fovea/pipeline.h"

namespace fovea {
namespace {

// A device without ops runs nothing.
DeviceChoice choose_one(const std::string& request) {
  const DeviceChoice choice = choose_device(request);
  const std::string reason = ops::unusable_reason(choice.device);
  if (reason.empty()) return choice;
  if (request == "auto") return {Device::cpu(), choice.device.name() + " is there, but not its ops: " + reason};
  throw Error(Errc::device, "device: " + request + " asked for, but its ops cannot be used: " + reason +
                                "; use --device cpu or auto");
}

}  // namespace

DevicesChoice choose_devices(const std::string& request) {
  DevicesChoice chosen;
  for (std::size_t begin = 0; begin <= request.size();) {
    const std::size_t end = std::min(request.find(',', begin), request.size());
    const DeviceChoice one = choose_one(request.substr(begin, end - begin));
    if (std::count(chosen.devices.begin(), chosen.devices.end(), one.device) > 0)
      throw Error(Errc::invalid_argument, "device: expected each device once, got " + one.device.name() + " twice");
    chosen.devices.push_back(one.device);
    chosen.reason = one.reason;
    begin = end + 1;
  }
  if (chosen.devices.size() > 1) chosen.reason = "asked for, side by side";
  return chosen;
}

}  // namespace fovea
