#pragma once
#include <cstddef>
#include <memory>

#include "fovea/device.h"

namespace fovea {

// Where bytes come from. Adaptors (memory_adaptors.h) stack over an upstream resource. Thread-safe.
class Memory : public std::enable_shared_from_this<Memory> {
 public:
  virtual ~Memory() = default;
  // At least 64-byte aligned; throws Error(out_of_memory). bytes == 0 gives nullptr.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void deallocate(void* pointer, std::size_t bytes) noexcept = 0;
  virtual Device device() const = 0;  // whose streams may use the bytes; host memory is the cpu's

  // In the order of a stream: work enqueued to it from now on may use the block, and the block goes back after the work
  // enqueued so far. Other streams must be ordered by events. While the stream records a graph the block is the graph's
  // until that is destroyed. By default allocation is at once, and a block is freed when the stream gets there. A
  // Memory not held by a shared_ptr must outlive its streams' work.
  virtual void* allocate_async(std::size_t bytes, const Stream&);
  virtual void deallocate_async(void* pointer, std::size_t bytes, const Stream&) noexcept;
};

// The memory that arrays of a device are made in: host_memory(), or the device's pool. Throws Error(device) when the
// device cannot be used.
std::shared_ptr<Memory> device_memory(Device);
// Host memory that the device copies from and to without staging, at the full speed of the bus and without the
// processor: page-locked for CUDA, host_memory() for the cpu. Throws as device_memory().
std::shared_ptr<Memory> pinned_memory(Device);
// What the pool of a CUDA device takes from, each call of which may wait for all work of the device; and the driver's
// own pool, in the order of streams. Throw Error: invalid_argument for the cpu, device, and unsupported for a device
// whose driver has no pool.
std::shared_ptr<Memory> cuda_memory(Device);
std::shared_ptr<Memory> cuda_async_memory(Device);

// Host memory; blocks of 2 MiB and more are aligned to, and asked for as, huge pages. Freed blocks of 64 KiB and more
// are kept for later requests of about their size, so that these touch no new pages: at most 1 GiB, or an eighth of the
// memory of the machine or control group, if that is less. Contents are unspecified.
std::shared_ptr<Memory> host_memory();
// Gives the blocks kept longest back to the system, until at most `keep` bytes are kept.
void trim_host_memory(std::size_t keep = 0);
std::size_t kept_host_memory();  // bytes

}  // namespace fovea
