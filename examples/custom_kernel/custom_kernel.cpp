// custom_kernel_example: darkens a picture towards its corners, by a kernel of one's own and by an expression, both on
// the first CUDA device, and compares the two.
#include <cstdio>

#include "fovea/expr.h"
#include "fovea/kernel.h"

namespace {

constexpr const char* source = R"(
extern "C" __global__ void vignette(float* out, const float* in, int rows, int columns, float strength) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
  if (row >= rows || column >= columns) return;
  const float y = 2.0f * row / (rows - 1) - 1, x = 2.0f * column / (columns - 1) - 1;
  const float light = 1 - strength * (x * x + y * y);
  for (int channel = 0; channel < 3; ++channel) {
    const int i = (row * columns + column) * 3 + channel;
    out[i] = light * in[i];
  }
}
)";

fovea::Expr across(std::int64_t extent, fovea::Shape shape, const fovea::Stream& stream) {
  const fovea::Array places = fovea::Array::linspace(-1, 1, extent, true, fovea::DType::f32).reshape(std::move(shape));
  return places.to(stream.device(), stream);
}

}  // namespace

int main() try {
  const fovea::Device device = fovea::Device::cuda();
  if (const std::string reason = fovea::unavailable_reason(device); !reason.empty())
    return std::printf("custom_kernel: no CUDA device to run on: %s\n", reason.c_str()), 0;
  constexpr int rows = 480, columns = 640;
  constexpr float strength = 0.3f;
  const fovea::Stream stream(device);
  const fovea::Array picture = fovea::Array::full({rows, columns, 3}, 0.5, fovea::DType::f32).to(device, stream);

  const fovea::RawKernel vignette(source, "vignette");
  const fovea::Array dark = fovea::Array::empty(picture.shape(), picture.dtype(), device_memory(device), stream);
  vignette.launch(stream, {columns / 32, rows / 8}, {32, 8}, {dark, picture, rows, columns, strength});

  const fovea::Expr y = across(rows, {rows, 1, 1}, stream), x = across(columns, {columns, 1}, stream);
  const fovea::Array same = fovea::eval((1 - strength * (square(x) + square(y))) * picture, stream);
  const fovea::Array apart = fovea::eval(max(abs(fovea::Expr(dark) - same)), stream).to(fovea::Device::cpu(), stream);
  stream.synchronize();
  std::printf("custom_kernel: on %s, at most %.1e apart\n", device.name().c_str(),
              static_cast<double>(apart.item<float>()));
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
