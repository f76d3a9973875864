// streams_timing_example [DEVICE]: how long a device takes for work, by its own clock.
#include <cstdio>

#include "fovea/array.h"
#include "fovea/ops.h"

int main(int argc, char** argv) try {
  const fovea::Device device = fovea::choose_device(argc > 1 ? argv[1] : "cpu").device;
  fovea::Stream stream(device);
  const fovea::Array image = fovea::Array::zeros({512, 512, 3}, fovea::DType::u8).to(device);

  const fovea::Event begin = stream.record();
  const fovea::Array flipped = fovea::ops::enqueue("flip", {{"vertical", true}}, {&image, 1}, stream);
  const fovea::Event end = stream.record();

  stream.synchronize();  // throws what the work met
  std::printf("flip on %s: %.3f ms\n", device.name().c_str(), fovea::elapsed_ms(begin, end));
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
