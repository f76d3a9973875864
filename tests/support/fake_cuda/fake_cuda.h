#pragma once
#include <cstddef>

// A CUDA driver that runs on host memory, for tests: libfovea_fake_cuda.so exports the driver's functions that the
// library uses, and these to steer it. Streams are threads, so work is asynchronous; device memory is host memory whose
// addresses are never used twice, so copies from or to freed memory and beyond a block are refused.
// All functions are thread-safe. The program opens the library by FOVEA_CUDA_DRIVER and links with it too.
extern "C" {

constexpr int fake_cuda_devices = 4;

// What the nth call from now on, 1 the next, of `function` (any function, where null) gives.
enum class FakeCudaFault {
  once,     // the error, and nothing done
  forever,  // this call and every later one
  lost,     // the error, and so does every later call on the device
};
void fake_cuda_fail(const char* function, int nth, int error, FakeCudaFault);
// The nth piece of work that a stream starts from now on: loses its device with the error, as a bad kernel would, or
// never ends until fake_cuda_reset().
void fake_cuda_fault_work(int nth, int error);
void fake_cuda_hang_work(int nth);
// The nth copy from now on and all later ones deliver a byte with a bit flipped: the first, the second, ...
void fake_cuda_flip_copies(int nth);
// The nth multiplication, sum or exclusive or that a kernel of PTX does from now on has a wrong bit, and no other.
void fake_cuda_flip_arithmetic(long nth);
// The library is a CUPTI too, that refuses at first; fake_cuda_reset() leaves it as it is.
enum class FakeCupti { refuses, tells_calls_first, tells_work_first, drops };
void fake_cuda_set_cupti(FakeCupti);
void fake_cuda_set_memory(std::size_t bytes);  // of each device
// Ends all of the above. What hung is dropped. A lost device works again, its streams are gone.
void fake_cuda_reset();

// Ends the streams of a device that nobody uses any more, as the end of a process would.
void fake_cuda_end_streams(int device);
// The function that the last error of fake_cuda_fail() hit, or null when none was since the last reset.
const char* fake_cuda_failed();

long fake_cuda_calls(const char* function);  // so far; of all functions, where null
// How many handles live: "stream", "event", "graph", "exec", "module", or blocks of "device" or "pinned" memory.
long fake_cuda_live(const char* kind);

// An attribute of a node that is a kernel; 0 when nobody has set it.
void fake_cuda_set_node_priority(void* node, int priority);
int fake_cuda_node_priority(const void* node);

// A kernel that cuModuleGetFunction() finds in every module. It runs once a launch. Parameters are copied at the
// launch, so their sizes must be known.
using FakeCudaKernel = void (*)(void** parameters, const unsigned* grid, const unsigned* block);
void fake_cuda_register_kernel(const char* name, FakeCudaKernel, const std::size_t* sizes, std::size_t count);
}
