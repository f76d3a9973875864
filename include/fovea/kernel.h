#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "fovea/array.h"

namespace fovea {

struct LaunchExtent {
  unsigned x = 1, y = 1, z = 1;
};

// What a kernel is called with: of an array the address of its first element, for a parameter that is a pointer; else a
// value of exactly the parameter's type, a structure too.
class KernelArgument {
 public:
  KernelArgument(const Array& array) : array_(array) { set(array.data()); }
  template <class T>
  requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>) KernelArgument(const T& value) { set(value); }
  const Array& array() const { return array_; }  // without elements for a value
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  template <class T>
  void set(const T& value) {
    bytes_.resize(sizeof value);
    std::memcpy(bytes_.data(), &value, sizeof value);
  }
  Array array_;
  std::vector<std::byte> bytes_;
};

struct RawKernelOptions {
  std::vector<std::string> compile = {};  // options of NVRTC: "-DN=4", "--use_fast_math"
  Device device = Device::cuda();         // that it is compiled for at once
};

// A kernel of CUDA C++ compiled at run time by NVRTC (libnvrtc.so.13 or .12, or what FOVEA_NVRTC names), as C++17 and
// without contraction of a * b + c unless the options say else. Compiled kernels are kept in the cache folder; a kernel
// is loaded once a device and stays to the end of the process. For CUDA devices only. Copies share. Thread-safe.
class RawKernel {
 public:
  // `name` is the kernel's, as C++ writes it: "scale", "image::scale<float, 4>". Takes some 0.1 to 1 s when the kernel
  // is not in the cache. Throws Error: unsupported for the CPU, device when the device cannot be used, not_found
  // without NVRTC, invalid_argument with the compiler's first errors and their lines.
  RawKernel(std::string source, std::string name, RawKernelOptions = {});

  // Enqueues the kernel: `grid` blocks of `block` threads, each block with `shared_bytes` of shared memory beside what
  // the source declares. Arrays must be on the stream's device and are kept alive until the stream is past the kernel;
  // strides are the kernel's affair. Arguments that differ from the parameters in number or size are not noticed, and
  // what follows is unspecified. Of another device's stream than the one of the options the first launch compiles.
  // While the stream records, the kernel becomes a node of the graph. Throws Error(invalid_argument) for shapes beyond
  // the device's and arrays elsewhere, Error(unsupported) for a stream of the CPU; what the kernel meets comes out of
  // the stream's synchronize().
  void launch(const Stream&, LaunchExtent grid, LaunchExtent block, const std::vector<KernelArgument>& arguments,
              std::size_t shared_bytes = 0) const;

  struct Attributes {
    int registers = 0;                                                  // of a thread
    int max_threads = 0;                                                // of a block
    std::size_t shared_bytes = 0, constant_bytes = 0, local_bytes = 0;  // that the source declares; local: a thread's
  };
  Attributes attributes() const;  // on the device of the options

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace fovea
