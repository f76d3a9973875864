#include "run_fovea.h"

namespace fovea::test {
namespace {

// The program with a driver that runs on the host.
class CudaProgram : public testing::Test {
 protected:
  CudaProgram() {
    for (int i = 0; i < 2; ++i) folder_.write("in/" + std::to_string(i), picture(i));
  }
  ProgramResult classify(std::vector<std::string> arguments, const std::string& plugin) {
    arguments.insert(arguments.begin(), {"classify", "in", "-o", "rows", "--json-summary", "run.json"});
    return fovea(arguments, {.environment = {{"FOVEA_CUDA_DRIVER", FOVEA_BINARY_DIR "/tests/libfovea_fake_cuda.so"},
                                             {"FOVEA_CUDA_PLUGIN", plugin},
                                             {"FOVEA_VARIANT", "portable"}},
                             .folder = folder_.path().native(),
                             .out_file = "",
                             .started = {}});
  }
  std::string rows() { return read_text(folder_.path() / "rows"); }
  nlohmann::json summary() { return nlohmann::json::parse(read_text(folder_.path() / "run.json")); }

  const std::string host_rows_ = FOVEA_BINARY_DIR "/tests/cuda_plugins/host_rows.so";
  TemporaryDirectory folder_;
};

TEST_F(CudaProgram, RunsTheNetworkOnTheDeviceAndSaysHow) {
  ASSERT_EQ(classify({"--device", "cpu"}, host_rows_).exit_code, 0);
  const std::string wanted = rows();
  for (const char* device : {"cuda:1", "auto"}) {
    const ProgramResult result = classify({"--fresh", "--device", device}, host_rows_);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(rows(), wanted);
    EXPECT_NE(result.err.find("network: 1 runs of up to 64 pictures, 0 replayed a graph, 1 first of their size"),
              std::string::npos)
        << result.err;
    EXPECT_EQ(summary()["device"]["name"], std::string(device) == "auto" ? "cuda:0" : device);
    EXPECT_EQ(summary()["device_runs"]["first_of_size"], 1);
  }
}

TEST_F(CudaProgram, RunsInLowPrecision) {
  for (const char* precision : {"bf16", "f16"}) {
    ASSERT_EQ(classify({"--fresh", "--device", "cpu", "--precision", precision}, host_rows_).exit_code, 0);
    const std::string wanted = rows();
    const ProgramResult result = classify({"--fresh", "--device", "cuda", "--precision", precision}, host_rows_);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(rows(), wanted);
    EXPECT_EQ(summary()["settings"]["precision"], precision);
  }
}

TEST_F(CudaProgram, MeasuresNoPrecisions) {
  const ProgramResult result = classify({"--device", "cuda:1", "--precision", "auto"}, host_rows_);
  expect_error_line(result, "UNSUPPORTED", "--precision auto: expected --device cpu, got cuda:1; name a precision");
}

TEST_F(CudaProgram, DevicesSideBySideTakeFromTheSameInputs) {
  ASSERT_EQ(classify({"--device", "cpu"}, host_rows_).exit_code, 0);
  const std::string wanted = rows();
  const ProgramResult result = classify({"--fresh", "--device", "cpu,cuda:0,cuda:1"}, host_rows_);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(rows(), wanted);
  const nlohmann::json devices = summary()["devices"];
  ASSERT_EQ(devices.size(), 3u) << devices;
  EXPECT_EQ(devices["cpu"].get<int>() + devices["cuda:0"].get<int>() + devices["cuda:1"].get<int>(), summary()["ok"]);
}

TEST_F(CudaProgram, WithoutOpsIsStatus69AndNeverTheCpu) {
  const ProgramResult missing = classify({"--device", "cuda"}, "/nonexistent/plugin.so");
  EXPECT_EQ(missing.exit_code, 69);
  expect_error_line(missing, "DEVICE", "its ops cannot be used: libfovea_cuda.so not found: looked for /nonexistent/");
  const ProgramResult wrong = classify({"--device", "cuda"}, FOVEA_BINARY_DIR "/tests/cuda_plugins/wrong_build.so");
  EXPECT_EQ(wrong.exit_code, 69);
  expect_error_line(wrong, "DEVICE", "use the library of the same build");
}

TEST_F(CudaProgram, AutoWithoutOpsTakesTheCpuAndSaysWhy) {
  const ProgramResult result = classify({}, "/nonexistent/plugin.so");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(summary()["device"]["name"], "cpu");
  EXPECT_EQ(summary()["device"]["reason"],
            "cuda:0 is there, but not its ops: libfovea_cuda.so not found: looked for /nonexistent/plugin.so");
  EXPECT_FALSE(summary().contains("device_runs"));
}

}  // namespace
}  // namespace fovea::test
