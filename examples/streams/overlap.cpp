// streams_overlap_example [DEVICE]: the next batch is copied in while the last one is worked on. Two slots: a copy
// waits for the work that last read its slot, work waits for the copy into its slot, and for nothing else.
#include <algorithm>
#include <cstdio>

#include "fovea/array.h"
#include "fovea/ops.h"

namespace {

struct Slot {
  fovea::Array host, device, result;
  fovea::Event copied, worked;
};

}  // namespace

int main(int argc, char** argv) try {
  const fovea::Device device = fovea::choose_device(argc > 1 ? argv[1] : "cpu").device;
  fovea::Stream copies(device), work(device);
  const fovea::Shape shape{256, 256, 1};
  Slot slots[2];
  for (Slot& slot : slots) {
    slot.host = fovea::Array::empty(shape, fovea::DType::f32, fovea::pinned_memory(device));
    slot.device = fovea::Array::empty(shape, fovea::DType::f32, fovea::device_memory(device));
  }
  constexpr int batches = 6;
  for (int batch = 0; batch < batches; ++batch) {
    Slot& slot = slots[batch % 2];
    slot.copied.wait();  // the processor writes to what was copied
    std::ranges::fill(slot.host.span<float>(), static_cast<float>(batch));
    copies.wait(slot.worked);
    copy(slot.host, slot.device, copies);
    slot.copied = copies.record();
    work.wait(slot.copied);
    slot.result = fovea::ops::enqueue("box_filter", {}, {&slot.device, 1}, work);
    slot.worked = work.record();
  }
  copies.synchronize();
  work.synchronize();
  for (const Slot& slot : slots)
    std::printf("%.1f\n", static_cast<double>(slot.result.to(fovea::Device::cpu()).span<float>()[0]));
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
