// streams_priorities_example: what is urgent overtakes what is waiting.
#include <cstdio>
#include <future>
#include <string>

#include "fovea/device.h"
#include "fovea/error.h"

int main() try {
  const fovea::StreamPriorities levels = fovea::stream_priorities(fovea::Device::cpu());
  std::printf("priorities: %d (lowest) to %d (highest)\n", levels.lowest, levels.highest);
  fovea::Stream background(fovea::Device::cpu(), levels.lowest), urgent(fovea::Device::cpu(), levels.highest);

  std::promise<void> started, enqueued;
  std::string order;
  background.call("first", [&] {
    order += "background ";
    started.set_value();
    enqueued.get_future().wait();  // what is urgent does not wait for what has begun: it runs meanwhile
  });
  background.call("second", [&] { order += "background "; });
  started.get_future().wait();
  urgent.call("urgent", [&] { order += "urgent "; });
  enqueued.set_value();
  urgent.synchronize();
  background.synchronize();
  std::printf("order: %s\n", order.c_str());
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
