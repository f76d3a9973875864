#include "device/cuda/nvrtc.h"

#include <gtest/gtest.h>

#include "expr/cuda/kernel.h"
#include "expr/cuda/prelude.h"
#include "support/host_cuda.h"

// Generated kernels through the compiler that makes device code of them. Skipped where NVRTC is not installed.
namespace fovea {
namespace {

std::string why_no_nvrtc() try {
  nvrtc_version();
  return {};
} catch (const Error& error) {
  return error.what();
}

class Texts final : public KernelTarget {
 public:
  Array allocate(Shape shape, DType dtype) override { return Array::zeros(std::move(shape), dtype); }
  void launch(const KernelLaunch& kernel) override { launches.push_back(kernel); }
  void add(const Expr& expr) { evaluated_by_kernels(pointer(expr), *this); }
  std::vector<KernelLaunch> launches;
};

// Half of the types for either device, for the compiler takes its time.
std::vector<DType> types_for(int capability) {
  if (capability == 80) return {DType::boolean, DType::i8, DType::u16, DType::i64, DType::f16, DType::f32, DType::c64};
  return {DType::u8, DType::i16, DType::i32, DType::bf16, DType::f64, DType::c128};
}

// All kernels of `texts` as one source.
std::string together(const Texts& texts) {
  std::string source = kernel_prelude(true, true);
  int number = 0;
  for (const KernelLaunch& kernel : texts.launches) {
    const std::string n = std::to_string(number++), entry(test::kernel_entry);
    source += "namespace kernel" + n + " {" + test::replaced(kernel.body, entry, entry + "k" + n + "_") + "}\n";
  }
  return source;
}

class GeneratedKernels : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_nvrtc(); !why.empty()) GTEST_SKIP() << why;
  }
  void expect_compiles(const std::string& source, const std::vector<std::string>& options = {}) {
    const Result<KernelImage> image = nvrtc_compile({source, "", GetParam(), options});
    ASSERT_TRUE(image) << image.error().what();
    EXPECT_GT(image.value().bytes.size(), 1000u);
  }
};

TEST_P(GeneratedKernels, OfEveryFunctionAndTypeCompile) {
  Texts texts;
  for (const FunctionInfo& f : elementwise_functions())
    for (const DType dtype : types_for(GetParam())) {
      const Array x = Array::zeros({4}, dtype);
      const std::vector<Expr> operands(static_cast<std::size_t>(f.arity), Expr(x));
      try {
        texts.add(elementwise(f.name, operands));
      } catch (const Error&) {  // not defined for this type
      }
    }
  EXPECT_GT(texts.launches.size(), 300u);
  expect_compiles(together(texts), {"--fmad=false", "--ptxas-options=-O0"});
}

TEST_P(GeneratedKernels, OfEveryReductionAndConversionCompile) {
  Texts texts;
  for (const FunctionInfo& f : reduction_functions())
    for (const DType dtype : types_for(GetParam())) try {
        texts.add(reduce(f.name, Array::zeros({4, 3}, dtype), {.axes = {{0}}}));
      } catch (const Error&) {
      }
  for (const DType from : types_for(GetParam()))
    for (const DType to : types_for(170 - GetParam())) texts.add(cast(Array::zeros({4}, from), to));
  expect_compiles(together(texts), {"--fmad=false", "--ptxas-options=-O0"});
}

TEST_P(GeneratedKernels, CompileByThemselves) {
  const Array x = Array::zeros({4, 3}, DType::f32), z = Array::zeros({3}, DType::c64);
  Texts texts;
  texts.add(exp(x) * 2 + x.transpose().transpose());
  texts.add(Expr(x) * z);
  texts.add(argmax(x));
  texts.add(sum(Expr(x) * z));
  for (const KernelLaunch& kernel : texts.launches) expect_compiles(kernel.text());
}

// As PTX, which is text: for a device newer than the compiler.
TEST(GeneratedReductions, LoadSeveralElementsAtOnce) {
  if (const std::string why = why_no_nvrtc(); !why.empty()) GTEST_SKIP() << why;
  const auto ptx = [](const Array& x) {
    Texts texts;
    texts.add(sum(x, {.axes = {{0}}}));
    const Result<KernelImage> image = nvrtc_compile({texts.launches.front().text(), "", 9990, {"--fmad=false"}});
    if (!image) throw Error(image.error());
    return std::string(reinterpret_cast<const char*>(image.value().bytes.data()), image.value().bytes.size());
  };
  for (const DType dtype : {DType::u8, DType::f16, DType::bf16, DType::f32, DType::f64}) {
    const Array x = Array::zeros({1024}, dtype);
    const std::string wide = dtype == DType::f64   ? "ld.global.v2.f64"
                             : dtype == DType::f32 ? "ld.global.v4.f32"
                                                   : "ld.global.v4.b32";
    EXPECT_NE(ptx(x).find(wide), std::string::npos) << name(dtype);
    EXPECT_EQ(ptx(x.slice(0, {1})).find("ld.global.v"), std::string::npos) << name(dtype);
    const Array columns = Array::empty({3, 131'072}, dtype);
    const std::string loads = ptx(columns);
    const auto has = [&](const std::string& load) { return loads.find("ld.global." + load) != std::string::npos; };
    EXPECT_TRUE(has("v4.") || has("v2.f64") || has("v2.b64") || (size_of(dtype) == 1 && (has("u32") || has("b32"))))
        << name(dtype);
  }
}

TEST(GeneratedConversions, OfF16AreTheDevicesInstructions) {
  if (const std::string why = why_no_nvrtc(); !why.empty()) GTEST_SKIP() << why;
  Texts texts;
  texts.add(Expr(Array::zeros({4}, DType::f16)) + Array::zeros({4}, DType::f16));
  const Result<KernelImage> image = nvrtc_compile({texts.launches.front().text(), "", 9990, {"--fmad=false"}});
  ASSERT_TRUE(image) << image.error().what();
  const std::string ptx(reinterpret_cast<const char*>(image.value().bytes.data()), image.value().bytes.size());
  for (const char* instruction : {"cvt.f32.f16", "cvt.rn.f16.f32"})
    EXPECT_NE(ptx.find(instruction), std::string::npos) << instruction;
}

INSTANTIATE_TEST_SUITE_P(Capability, GeneratedKernels, testing::Values(80, 90));

}  // namespace
}  // namespace fovea
