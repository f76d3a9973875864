#include "fovea/device.h"

#include <gtest/gtest.h>

#include "device/cuda_driver.h"
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
  EXPECT_EQ(reason({true, "cuInit", 0, 0, 0}), "libcuda.so.1 has no function cuInit");
  EXPECT_EQ(reason({true, "", 100, 0, 0}), "the NVIDIA driver finds no device");
  EXPECT_EQ(reason({true, "", 100, 0, 0}, "-1"), "the NVIDIA driver finds no device (CUDA_VISIBLE_DEVICES is \"-1\")");
  EXPECT_EQ(reason({true, "", 803, 0, 0}), "cuInit gave the driver's error 803");
  EXPECT_EQ(reason({true, "", 0, 3, 0}), "cuDeviceGetCount gave the driver's error 3");
  EXPECT_EQ(reason({true, "", 0, 0, 0}), "the NVIDIA driver finds no device");
  EXPECT_EQ(reason({true, "", 0, 0, 1}, nullptr, 1), "the NVIDIA driver finds 1 device, none with index 1");
  EXPECT_EQ(reason({true, "", 0, 0, 2}, "0,\n1", 2),
            "the NVIDIA driver finds 2 devices, none with index 2 (CUDA_VISIBLE_DEVICES is \"0,\\x0a1\")");
  EXPECT_EQ(reason({true, "", 0, 0, 2}, nullptr, 1), "this build has no CUDA backend (libfovea_cuda.so)");
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
  expect_error(Errc::device, "device: expected one that can be used", [] { Stream(Device::cuda()); });
}

}  // namespace
}  // namespace fovea
