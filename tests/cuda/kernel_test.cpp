#include "fovea/kernel.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "device/cuda/kernel_cache.h"
#include "fovea/expr.h"
#include "fovea/graph.h"
#include "support/expect_error.h"
#include "support/fake_cuda/fake_cuda.h"
#include "support/temporary_directory.h"

// RawKernel and eval() on CUDA devices: the driver and NVRTC are the fakes.
namespace fovea {
namespace {

const test::TemporaryDirectory cache;
// Before the first use of either.
const bool chosen = [] {
  ::setenv("FOVEA_CUDA_DRIVER", FOVEA_FAKE_CUDA, 0);
  ::setenv("FOVEA_NVRTC", FOVEA_FAKE_CUDA, 1);
  ::setenv("FOVEA_CACHE", cache.path().c_str(), 1);
  return true;
}();

constexpr const char* scale_source = R"(
template <class T>
__global__ void scale(T* out, const T* in, T factor, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[i] = factor * in[i];
}
)";

Array counted(std::int64_t n, DType dtype = DType::f32) {
  return Array::arange(Scalar(0), Scalar(n), Scalar(1), dtype);
}

Array on(Device device, const Array& array) {
  return array.to(device);
}

template <class T>
std::vector<T> host(const Array& array) {
  const Array copy = array.to(Device::cpu());
  const auto values = copy.span<T>();
  return {values.begin(), values.end()};
}

TEST(RawKernel, RunsOnArraysAndScalarsInStreamOrder) {
  const Stream stream(Device::cuda());
  const RawKernel scale(scale_source, "scale<float>");
  const Array in = on(Device::cuda(), counted(1000)), out = on(Device::cuda(), Array::zeros({1000}, DType::f32));
  scale.launch(stream, {4}, {256}, {out, in, 2.5f, 1000});
  scale.launch(stream, {4}, {256}, {out, out, 2.f, 1000});
  stream.synchronize();
  const std::vector<float> values = host<float>(out);
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[999], 4995);
  EXPECT_EQ(scale.attributes().max_threads, 1024);
}

TEST(RawKernel, ThreadsOfAllDimensionsRunOnce) {
  const Stream stream(Device::cuda(1));
  const RawKernel mark(R"(extern "C" __global__ void mark(int* out) {
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y,
              z = blockIdx.z * blockDim.z + threadIdx.z;
    out[(z * 6 + y) * 8 + x] += 100 * z + 10 * y + x + ADDED;
  })",
                       "mark", {.compile = {"-DADDED=1000"}, .device = Device::cuda(1)});
  const Array out = on(Device::cuda(1), Array::zeros({4, 6, 8}, DType::i32));
  mark.launch(stream, {4, 2, 2}, {2, 3, 2}, {out});
  stream.synchronize();
  const std::vector<int> values = host<int>(out);
  for (int i = 0; i < 4 * 6 * 8; ++i)
    EXPECT_EQ(values[static_cast<std::size_t>(i)], 1000 + 100 * (i / 48) + 10 * (i / 8 % 6) + i % 8);
}

TEST(RawKernel, BecomesANodeOfARecordedGraph) {
  const Stream stream(Device::cuda());
  const RawKernel scale(scale_source, "scale<double>");
  Array x = on(Device::cuda(), counted(10, DType::f64));
  const Graph graph = Graph::record(stream, [&] {
    scale.launch(stream, {1}, {32}, {x, x, 3.0, 10});
    scale.launch(stream, {1}, {32}, {x, x, 2.0, 10});
  });
  ASSERT_EQ(graph.nodes().size(), 2u);
  EXPECT_EQ(graph.nodes()[1].kind, GraphNode::Kind::kernel);
  EXPECT_EQ(graph.nodes()[1].after, std::vector<int>{0});
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(host<double>(x)[9], 9 * 36);
}

TEST(RawKernel, ArraysLiveUntilTheStreamIsPastTheKernel) {
  const Stream stream(Device::cuda());
  const RawKernel scale(scale_source, "scale<float>");
  const Array out = on(Device::cuda(), Array::zeros({100}, DType::f32));
  bool alive = true;
  {
    const Array memory = on(Device::cuda(), counted(100));
    const auto owner = std::shared_ptr<const void>(memory.data(), [memory, &alive](const void*) { alive = false; });
    fake_cuda_hang_work(1);
    scale.launch(stream, {1}, {128},
                 {out, Array::borrow(memory.data(), {100}, DType::f32, owner, Device::cuda()), 2.f, 100});
  }
  EXPECT_TRUE(alive);
  fake_cuda_reset();
  stream.synchronize();
}

TEST(RawKernel, SourcesThatDoNotCompileAreRefusedWithTheirLines) {
  test::expect_error(Errc::invalid_argument, "nvrtc: expected a source that compiles, got errors: source(2): error:",
                     [] { RawKernel("extern \"C\" __global__ void f(int* x) {\n  *x = undefined_name;\n}\n", "f"); });
  test::expect_error(Errc::invalid_argument, "nvrtc: expected a source that compiles",
                     [] { RawKernel("extern \"C\" __global__ void f(int*) {}", "g"); });
  test::expect_error(Errc::invalid_argument, "expected the name of a kernel, got none", [] { RawKernel("", ""); });
}

TEST(RawKernel, TheCpuHasNone) {
  test::expect_error(Errc::unsupported, "RawKernel: expected a CUDA device, got cpu",
                     [] { RawKernel(scale_source, "scale<float>", {.device = Device::cpu()}); });
  const RawKernel scale(scale_source, "scale<float>");
  test::expect_error(Errc::unsupported, "RawKernel: expected a CUDA device, got cpu",
                     [&] { scale.launch(Stream(), {1}, {1}, {}); });
  test::expect_error(Errc::device, "got cuda:7",
                     [] { RawKernel(scale_source, "scale<int>", {.device = Device::cuda(7)}); });
}

TEST(RawKernel, ShapesAndArraysThatDoNotFitAreRefused) {
  const Stream stream(Device::cuda());
  const RawKernel scale(scale_source, "scale<float>");
  const auto refused = [&](const std::string& part, LaunchExtent grid, LaunchExtent block, const Array& array) {
    test::expect_error(Errc::invalid_argument, part, [&] {
      scale.launch(stream, grid, block, {array, array, 1.f, 0});
    });
  };
  const Array here = on(Device::cuda(), counted(4));
  refused("got [0, 1, 1]", {0}, {1}, here);
  refused("got [1, 65536, 1]", {1, 65536}, {1}, here);
  refused("expected a block of 1 to 1024 threads", {1}, {64, 32}, here);
  refused("got [1, 1, 65]", {1}, {1, 1, 65}, here);
  refused("got [0, 4, 1]", {1}, {0, 4}, here);
  refused("expected arrays on cuda:0 as the stream is, got one on cpu", {1}, {1}, counted(4));
  refused("got one on cuda:1", {1}, {1}, on(Device::cuda(1), counted(4)));
}

// Compiles with the fake NVRTC into a cache of the test's own.
class CompiledKernels : public testing::Test {
 protected:
  test::TemporaryDirectory folder_;
  KernelCache cache_{folder_.path() / "kernels"};
  const KernelText text_{R"(extern "C" __global__ void one(int* x) { *x = 1; })", "one", 80, {}};
  const std::filesystem::path file_ = folder_.path() / "kernels" / (kernel_key(text_, nvrtc_version()) + ".kernel");
};

TEST_F(CompiledKernels, AreTakenFromTheCache) {
  EXPECT_EQ(cached_or_compiled(text_, cache_).value().name, "one");
  ASSERT_TRUE(std::filesystem::is_regular_file(file_));
  const KernelImage other{"two", {std::byte{7}}};
  cache_.store(kernel_key(text_, nvrtc_version()), other);
  EXPECT_EQ(cached_or_compiled(text_, cache_).value(), other);
}

TEST_F(CompiledKernels, AreCompiledAgainWhereTheCacheIsDamaged) {
  const std::size_t bytes = cached_or_compiled(text_, cache_).value().bytes.size();
  std::filesystem::resize_file(file_, 1000);
  EXPECT_EQ(cached_or_compiled(text_, cache_).value().bytes.size(), bytes);
  EXPECT_GT(std::filesystem::file_size(file_), bytes);
}

TEST_F(CompiledKernels, AreThereWithoutACache) {
  KernelCache none{std::filesystem::path()};
  EXPECT_GT(cached_or_compiled(text_, none).value().bytes.size(), 1000u);
  EXPECT_NE(none.reason(), "");
}

TEST_F(CompiledKernels, OfOldDevicesAreRefused) {
  KernelText old = text_;
  old.capability = 52;
  const Result<KernelImage> image = cached_or_compiled(old, cache_);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), Errc::unsupported);
  EXPECT_TRUE(!std::filesystem::exists(file_.parent_path()));
}

TEST(CudaEval, ElementsAndReductionsAsOnTheHost) {
  const Array x = counted(6000).reshape({30, 200}), y = counted(200, DType::i16);
  const auto formula = [](const Array& a, const Array& b) { return sum(sqrt(Expr(a)) * b + 1, {.axes = {{1}}}); };
  const auto integers = [](const Array& b) { return Expr(b) - cast(mean(b), DType::i16); };
  const Array dx = on(Device::cuda(), x), dy = on(Device::cuda(), y);
  const Array got = eval(formula(dx, dy)), wanted = eval(formula(x, y));
  EXPECT_EQ(got.device(), Device::cuda());
  EXPECT_EQ(got.shape(), Shape{30});
  const auto a = host<float>(got), b = host<float>(wanted);
  for (std::size_t k = 0; k < b.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-6 * b[k]);
  EXPECT_EQ(host<std::int16_t>(eval(integers(dy))), host<std::int16_t>(eval(integers(y))));
  EXPECT_EQ(eval_scalar(max(dx)), 5999);
}

TEST(CudaEval, OnAStreamAndInAGraph) {
  const Stream stream(Device::cuda());
  const Array x = on(Device::cuda(), counted(10, DType::f64));
  Array squares;
  const Graph graph = Graph::record(stream, [&] { squares = eval(square(x), stream); });
  const GraphExec exec = graph.instantiate();
  exec.launch(stream);
  const Array more = eval(Expr(squares) + 1, stream);
  stream.synchronize();
  EXPECT_EQ(host<double>(more)[9], 82);
  EXPECT_EQ(graph.nodes().back().kind, GraphNode::Kind::kernel);
}

TEST(CudaEval, DevicesThatDifferAreRefused) {
  const Array zero = on(Device::cuda(0), counted(4)), one = on(Device::cuda(1), counted(4)), cpu = counted(4);
  test::expect_error(Errc::invalid_argument, "expression: expected arrays of one device, got cuda:0 and cuda:1",
                     [&] { Expr(zero) + one; });
  test::expect_error(Errc::invalid_argument, "got cuda:0 and cpu", [&] { sum(zero) * cpu; });
  test::expect_error(Errc::invalid_argument, "eval: expected arrays on cuda:1 as the stream is, got them on cuda:0",
                     [&] { eval(Expr(zero) + 1, Stream(Device::cuda(1))); });
  test::expect_error(Errc::invalid_argument, "eval: expected arrays on the host as the result is, got them on cuda:0",
                     [&] { eval_into(Expr(zero), Array::zeros({4}, DType::f32)); });
}

TEST(CudaEval, RequestsToStopCountBeforeItBegins) {
  const Array x = on(Device::cuda(), counted(4));
  std::stop_source stop;
  stop.request_stop();
  test::expect_error(Errc::interrupted, "eval: stopped on request",
                     [&] { eval(Expr(x) + 1, {.stop = stop.get_token()}); });
  double told = 0;
  eval(Expr(x) + 1, {.progress = [&](double done) { told = done; }});
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace fovea
