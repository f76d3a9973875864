// memory_example: arrays in a pool, what each part of a program holds, and a leak found by its tag.
#include <cstdio>

#include "fovea/array.h"
#include "fovea/memory_adaptors.h"

using namespace fovea;

int main() try {
  // From the bottom up: the device's memory, a pool over it, who holds what, what was never given back.
  const auto pool = std::make_shared<PoolMemory>(device_memory(Device::cpu()),
                                                 PoolOptions{.maximum = std::size_t{64} << 20, .segment = 1 << 20});
  const auto counts = std::make_shared<StatisticsMemory>(pool);
  const auto memory = std::make_shared<TrackingMemory>(counts, 0);

  {
    const MemoryTag tag("frames");
    for (int i = 0; i < 100; ++i) {
      const Array frame = Array::empty({240, 320, 3}, DType::u8, memory);
      const MemoryTag inner("scratch");
      const Array grey = Array::empty({240, 320}, DType::f32, memory);
    }
  }
  for (const auto& [tag, use] : counts->by_tag())
    std::printf("%s: %zu allocations, at most %zu bytes\n", tag.c_str(), use.allocations, use.high_water);
  const PoolStatistics state = pool->statistics();
  std::printf("pool: %zu of %zu allocations without the system, %zu bytes cached, fragmentation %.2f\n", state.hits,
              state.allocations, state.cached, state.fragmentation());

  void* forgotten = nullptr;
  {
    const MemoryTag tag("cache");
    forgotten = memory->allocate(1000);
  }
  for (const Leak& leak : memory->leaks())
    std::printf("not given back: %zu bytes, tag %s\n", leak.bytes, leak.tag.c_str());
  memory->deallocate(forgotten, 1000);

  try {
    Array::empty({65, 1024, 1024}, DType::u8, memory);
  } catch (const Error& error) {
    std::printf("%s\n", error.what());
  }
} catch (const Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
