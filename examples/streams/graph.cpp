// streams_graph_example [DEVICE]: a chain of ops recorded once and replayed for every picture.
#include "fovea/graph.h"

#include <algorithm>
#include <cstdio>

#include "fovea/array.h"
#include "fovea/ops.h"

int main(int argc, char** argv) try {
  const fovea::Device device = fovea::choose_device(argc > 1 ? argv[1] : "cpu").device;
  fovea::Stream stream(device);
  const fovea::Shape shape{64, 64, 1};
  const fovea::Array picture = fovea::Array::zeros(shape, fovea::DType::f32);  // where each picture is put
  const fovea::Array on_device = fovea::Array::empty(shape, fovea::DType::f32, fovea::device_memory(device));
  const fovea::Array result = fovea::Array::zeros(shape, fovea::DType::f32);

  const fovea::Graph graph = fovea::Graph::record(stream, [&] {
    copy(picture, on_device, stream);
    const fovea::Array turned = fovea::ops::enqueue("flip", {}, {&on_device, 1}, stream);
    const fovea::Array smooth = fovea::ops::enqueue("box_filter", {}, {&turned, 1}, stream);
    copy(smooth, result, stream);
  });
  for (const fovea::GraphNode& node : graph.nodes()) std::printf("node %s\n", node.name.c_str());

  const fovea::GraphExec exec = graph.instantiate();
  for (int number = 1; number <= 3; ++number) {
    std::ranges::fill(picture.span<float>(), static_cast<float>(number));
    exec.launch(stream);
    stream.synchronize();
    std::printf("picture %d: %.1f\n", number, static_cast<double>(result.span<float>()[0]));
  }
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
