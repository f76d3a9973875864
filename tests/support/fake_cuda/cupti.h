#pragma once
#include <functional>
#include <string>

#include "support/fake_cuda/state.h"

// What CUPTI notes of the driver's calls and of the work that they make.
namespace fovea::cuda::fake {

struct Traced {
  unsigned kind = 0;  // of the record
  std::string kernel;
  CUdeviceptr to = 0, from = 0;  // of a copy
  std::size_t bytes = 0;
};

// A call of the calling thread that makes work: its number, with a record of who made it. 0 while nobody listens.
std::uint32_t traced_call();
// The work with a record of its times, if its kind is listened to and the call was. With the lock held.
std::function<void()> traced(std::uint32_t call, int device, Traced, std::function<void()> run);

}  // namespace fovea::cuda::fake
