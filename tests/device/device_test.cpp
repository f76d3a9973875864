#include "fovea/device.h"

#include <gtest/gtest.h>

#include "device/cuda/driver.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

TEST(Device, ParseAndName) {
  EXPECT_EQ(Device::parse("cpu"), Device::cpu());
  EXPECT_EQ(Device::parse("cuda"), Device::cuda(0));
  EXPECT_EQ(Device::parse("cuda:12"), Device::cuda(12));
  EXPECT_EQ(Device::cpu().name(), "cpu");
  EXPECT_EQ(Device::cuda(3).name(), "cuda:3");
}

TEST(Device, BadNames) {
  for (const char* text : {"", "CPU", "cpu:0", "gpu", "cuda:", "cuda:-1", "cuda: 1", "cuda:1 ", "cuda:1x", "cuda:1024",
                           "cuda:99999999999", "auto", "cuda:0x1"})
    expect_error(Errc::invalid_argument, "cuda:<index>", [&] { Device::parse(text); });
  expect_error(Errc::invalid_argument, "\\x1b", [] { choose_device("\x1B[2J"); });
}

TEST(Device, Reasons) {
  const auto reason = [](CudaDriver driver, const char* visible = nullptr, int index = 0) {
    return cuda_reason(driver, index, visible);
  };
  EXPECT_EQ(reason({}), "libcuda.so.1 not found: no NVIDIA driver is installed");
  EXPECT_EQ(reason({.path = "/a\nb"}), "/a\\x0ab, which FOVEA_CUDA_DRIVER names, cannot be loaded");
  EXPECT_EQ(reason({.library = true, .missing = "cuInit"}), "libcuda.so.1 has no function cuInit");
  EXPECT_EQ(reason({.library = true, .missing = "cuGraphGetEdges_v2", .version = 12020}),
            "the NVIDIA driver is of CUDA 12.2, too old: CUDA 12.3 or newer is needed");
  EXPECT_EQ(reason({.library = true, .count_error = 3}), "cuDeviceGetCount gave the driver's error 3");
  EXPECT_EQ(reason({.library = true}), "the NVIDIA driver finds no device");
  EXPECT_EQ(reason({.library = true, .devices = 1}, nullptr, 1), "the NVIDIA driver finds 1 device, none with index 1");
  EXPECT_EQ(reason({.library = true, .devices = 2}, "0,\n1", 2),
            "the NVIDIA driver finds 2 devices, none with index 2 (CUDA_VISIBLE_DEVICES is \"0,\\x0a1\")");
  EXPECT_EQ(reason({.library = true, .devices = 2}, nullptr, 1), "");
}

TEST(Device, ReasonsOfCuInit) {
  const auto reason = [](int error, const char* visible = nullptr) {
    return cuda_reason({.library = true, .init_error = error}, 0, visible);
  };
  EXPECT_EQ(reason(100), "the NVIDIA driver finds no device; cuInit gave the driver's error 100");
  EXPECT_EQ(reason(100, ""),
            "the NVIDIA driver finds no device; cuInit gave the driver's error 100 (CUDA_VISIBLE_DEVICES is \"\")");
  EXPECT_EQ(reason(999), "cuInit gave the driver's error 999");
  const std::pair<int, const char*> parts[] = {{34, "stub"},       {36, "too old"},        {46, "taken by another"},
                                               {101, "valid"},     {102, "licensed"},      {304, "/dev/nvidia"},
                                               {802, "not ready"}, {803, "kernel module"}, {804, "compatibility"}};
  for (const auto& [error, part] : parts) {
    EXPECT_NE(reason(error).find(part), std::string::npos) << reason(error);
    EXPECT_NE(reason(error).find("error " + std::to_string(error)), std::string::npos) << reason(error);
  }
}

TEST(Device, Choice) {
  EXPECT_EQ(choose_device("cpu").device, Device::cpu());
  EXPECT_EQ(unavailable_reason(Device::cpu()), "");
  EXPECT_NE(unavailable_reason({Device::Kind::cpu, 1}), "");
  const std::string reason = unavailable_reason(Device::cuda());
  const DeviceChoice choice = choose_device("auto");
  if (reason.empty()) {
    EXPECT_EQ(choice.device, Device::cuda());
    return;
  }
  EXPECT_EQ(choice.device, Device::cpu());
  EXPECT_EQ(choice.reason, "cuda cannot be used: " + reason);
  expect_error(Errc::device, "device: cuda asked for, but " + reason + "; use --device cpu or auto",
               [] { choose_device("cuda"); });
  expect_error(Errc::device, "device: expected one that can be used, got cuda:0: ", [] { Stream(Device::cuda()); });
}

}  // namespace
}  // namespace fovea
