#include <limits>
#include <map>
#include <mutex>

#include "device/cuda/module.h"
#include "device/keep_alive.h"
#include "fovea/kernel.h"

namespace fovea {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, "RawKernel: " + message);
}

void check_is_cuda(Device device) {
  if (device.kind != Device::Kind::cuda)
    throw Error(Errc::unsupported,
                "RawKernel: expected a CUDA device, got " + device.name() + "; CUDA C++ runs on CUDA devices alone");
}

std::string text_of(LaunchExtent e) {
  return "[" + std::to_string(e.x) + ", " + std::to_string(e.y) + ", " + std::to_string(e.z) + "]";
}

int attribute(CudaDevice& device, cuda::CUfunction function, unsigned which) {
  int value = 0;
  device.run(&CudaFunctions::cuFuncGetAttribute, &value, which, function);
  return value;
}

// Bounds of every device of compute capability 3.0 and more; what one device has less of the driver says.
void check_shape(LaunchExtent grid, LaunchExtent block, int most_threads) {
  constexpr std::uint64_t most_x = std::numeric_limits<int>::max(), most_yz = 65535;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > most_x || grid.y > most_yz || grid.z > most_yz)
    refuse("expected a grid of 1 to [2147483647, 65535, 65535] blocks, got " + text_of(grid));
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (block.x > 1024 || block.y > 1024 || block.z > 64 || threads == 0 ||
      threads > static_cast<std::uint64_t>(most_threads))
    refuse("expected a block of 1 to " + std::to_string(most_threads) + " threads, at most [1024, 1024, 64], got " +
           text_of(block));
}

}  // namespace

// The kernel on the devices that it has run on.
struct RawKernel::State {
  struct Loaded {
    std::shared_ptr<const CudaModule> module;
    cuda::CUfunction function;
    int most_threads;
    std::size_t most_shared = 48 << 10;  // dynamic bytes a block; more must be asked for
  };
  KernelText text;
  Device device;
  mutable std::mutex mutex;
  mutable std::map<int, Loaded> loaded;

  Loaded on(Device where) const {
    const std::lock_guard lock(mutex);
    const auto known = loaded.find(where.index);
    if (known != loaded.end()) return known->second;
    std::string identity = "source\n" + text.name;
    for (const std::string& option : text.options) identity += '\n' + option;
    const auto module = load_module(where, identity + "\n\n" + text.source, [this] { return text; });
    const cuda::CUfunction function = module->function(module->name());
    const int threads = attribute(module->device(), function, cuda::CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
    return loaded[where.index] = {module, function, threads};
  }

  // Only ever raised, so that a launch of another thread keeps what it asked for.
  void allow_shared(Device where, std::size_t bytes) const {
    const std::lock_guard lock(mutex);
    Loaded& kernel = loaded.at(where.index);
    if (bytes <= kernel.most_shared) return;
    kernel.module->device().run(&CudaFunctions::cuFuncSetAttribute, kernel.function,
                                unsigned{cuda::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES},
                                static_cast<int>(bytes));
    kernel.most_shared = bytes;
  }
};

RawKernel::RawKernel(std::string source, std::string name, RawKernelOptions options) {
  check_is_cuda(options.device);
  if (name.empty()) refuse("expected the name of a kernel, got none");
  backend(options.device);
  auto state = std::make_shared<State>();
  state->text = {std::move(source), std::move(name), 0, std::move(options.compile)};
  state->device = options.device;
  state->on(state->device);
  state_ = std::move(state);
}

void RawKernel::launch(const Stream& stream, LaunchExtent grid, LaunchExtent block,
                       const std::vector<KernelArgument>& arguments, std::size_t shared_bytes) const {
  check_is_cuda(stream.device());
  std::vector<void*> parameters;
  std::vector<Array> arrays;
  for (const KernelArgument& argument : arguments) {
    if (argument.array().data() != nullptr) {
      if (argument.array().device() != stream.device())
        refuse("expected arrays on " + stream.device().name() + " as the stream is, got one on " +
               argument.array().device().name() + "; Array::to() copies it");
      arrays.push_back(argument.array());
    }
    parameters.push_back(const_cast<std::byte*>(argument.bytes().data()));
  }
  const State::Loaded kernel = state_->on(stream.device());
  CudaDevice& device = kernel.module->device();
  check_shape(grid, block, kernel.most_threads);
  if (shared_bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    refuse("expected shared memory that a block can have, got " + std::to_string(shared_bytes) + " bytes");
  state_->allow_shared(stream.device(), shared_bytes);
  fovea::launch(device, kernel.function, state_->text.name,
                {{grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, static_cast<unsigned>(shared_bytes)}, stream,
                parameters.data());
  keep_alive(stream, std::make_shared<const std::vector<Array>>(std::move(arrays)));
}

RawKernel::Attributes RawKernel::attributes() const {
  const State::Loaded kernel = state_->on(state_->device);
  const auto value = [&](unsigned which) { return attribute(kernel.module->device(), kernel.function, which); };
  Attributes all;
  all.registers = value(cuda::CU_FUNC_ATTRIBUTE_NUM_REGS);
  all.max_threads = kernel.most_threads;
  all.shared_bytes = static_cast<std::size_t>(value(cuda::CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES));
  all.constant_bytes = static_cast<std::size_t>(value(cuda::CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES));
  all.local_bytes = static_cast<std::size_t>(value(cuda::CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES));
  return all;
}

}  // namespace fovea
