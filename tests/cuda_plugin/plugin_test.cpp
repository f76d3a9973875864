#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "ops/cuda_plugin.h"

// libfovea_cuda.so on any machine: what it exports and holds. Nothing here runs a kernel, or needs a driver.
namespace fovea {
namespace {

std::string plugin_path() {
  const char* given = std::getenv("FOVEA_CUDA_PLUGIN");
  return given ? given : FOVEA_CUDA_PLUGIN_FILE;
}

const ops::CudaPlugin* plugin() {
  static const ops::CudaPlugin* const opened = []() -> const ops::CudaPlugin* {
    void* library = dlopen(plugin_path().c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library, nullptr) << dlerror();
    if (!library) return nullptr;
    const auto get = reinterpret_cast<ops::GetCudaPlugin*>(dlsym(library, "fovea_cuda_plugin"));
    EXPECT_NE(get, nullptr) << dlerror();
    return get ? get() : nullptr;
  }();
  return opened;
}

ops::Registry filled() {
  ops::Registry registry;
  plugin()->register_rows(registry);
  return registry;
}

// "op: variant variant" by op, the order in which they are tried.
std::string rows_of(const ops::Registry& registry) {
  std::map<std::string, std::string> variants;
  for (const ops::Row& row : registry.rows()) variants[std::string(row.op)] += " " + std::string(row.variant);
  std::string text;
  for (const auto& [op, list] : variants) text += op + ":" + list + "\n";
  return text;
}

std::string documented_rows() {
  const char* elsewhere = std::getenv("FOVEA_CUDA_DOCS");
  std::ifstream file(std::string(elsewhere ? elsewhere : FOVEA_SOURCE_DIR "/docs") + "/cuda.md");
  std::stringstream text;
  text << file.rdbuf();
  std::smatch found;
  const std::string all = text.str();
  return std::regex_search(all, found, std::regex("```rows\n([^`]*)```")) ? found[1].str() : "no table of rows";
}

TEST(CudaPlugin, IsOfThisBuild) {
  ASSERT_NE(plugin(), nullptr);
  EXPECT_STREQ(plugin()->build, ops::cuda_plugin_build);
}

TEST(CudaPlugin, HoldsTheRowsThatAreDocumented) {
  ASSERT_NE(plugin(), nullptr);
  std::string wanted = documented_rows();
  if (std::string_view(plugin()->libraries()).find("cuDNN: not built in") != std::string_view::npos)
    wanted = std::regex_replace(wanted, std::regex(" cudnn"), "");
  EXPECT_EQ(rows_of(filled()), wanted);
}

TEST(CudaPlugin, EveryRowIsOfCudaAndOfAnOpOfTheLibrary) {
  ASSERT_NE(plugin(), nullptr);
  std::set<std::pair<std::string, std::string>> seen;
  const ops::Registry registry = filled();
  for (const ops::Row& row : registry.rows()) {
    EXPECT_EQ(row.device, Device::Kind::cuda) << row.op;
    EXPECT_NO_THROW(ops::registry().op(row.op)) << row.op;
    EXPECT_TRUE(row.supports && row.prepare) << row.op;
    EXPECT_TRUE(seen.emplace(row.op, row.variant).second) << row.op << "/" << row.variant << " is there twice";
  }
}

TEST(CudaPlugin, TellsOfItsLibraries) {
  ASSERT_NE(plugin(), nullptr);
  const std::string text = plugin()->libraries();
  EXPECT_TRUE(std::regex_match(text, std::regex("cuBLASLt[^;]+; cuFFT[^;]+; cuDNN[^;]+"))) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

// Halves have no portable row, so that no call is answered by a body that leaves its output as it was.
TEST(CudaPlugin, PortableRowsRefuseWhatTheirBodiesCannotRead) {
  ASSERT_NE(plugin(), nullptr);
  const ops::Registry registry = filled();
  const auto takes = [&](const char* op, const ops::Params& params, DType type) {
    const ops::Op& declared = ops::registry().op(op);
    const auto bound = declared.bind(declared, params);
    std::vector<ops::TensorSpec> specs(declared.inputs.size(), ops::TensorSpec{type, {4, 4}});
    const ops::Call call{bound.get(), specs, declared.infer(bound.get(), specs)};
    for (const ops::Row& row : registry.rows())
      if (row.op == op && row.variant == "portable") return row.supports(call);
    return false;
  };
  for (const DType half : {DType::f16, DType::bf16}) {
    EXPECT_FALSE(takes("matmul", {}, half));
    EXPECT_FALSE(takes("fft", {}, half));
    EXPECT_FALSE(takes("correlate2d", {}, half));
    EXPECT_FALSE(takes("box_filter", {}, half));
    EXPECT_FALSE(takes("gaussian_filter", {}, half));
    EXPECT_FALSE(takes("softmax", {}, half));
  }
  EXPECT_TRUE(takes("matmul", {}, DType::f32));
  EXPECT_TRUE(takes("fft", {}, DType::i32));
  EXPECT_TRUE(takes("box_filter", {}, DType::u8));
}

TEST(CudaPlugin, ALaunchWithoutADriverThrows) {
  ASSERT_NE(plugin(), nullptr);
  if (unavailable_reason(Device::cuda()).empty()) GTEST_SKIP() << "there is a device";
  const ops::Registry registry = filled();
  const Array x = Array::zeros({8}, DType::f32), inputs[] = {x, x};
  const ops::TensorSpec spec{DType::f32, {8}}, specs[] = {spec, spec};
  const auto bound = ops::registry().op("add").bind(ops::registry().op("add"), {});
  for (const ops::Row& row : registry.rows()) {
    if (row.op != "add") continue;
    const auto kernel = row.prepare({bound.get(), specs, spec});
    try {
      kernel->run(Queue{}, inputs, Array::zeros({8}, DType::f32));
      FAIL() << "expected an error";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::device);
      EXPECT_EQ(std::string(e.what()).find("kernel: expected a launch, got "), 0u) << e.what();
    }
  }
}

}  // namespace
}  // namespace fovea
