#include "support/host_kernels.h"

#include <dlfcn.h>

#include <cstring>
#include <regex>
#include <stdexcept>

#include "expr/cuda/prelude.h"
#include "support/run_program.h"

namespace fovea::test {

// A block is one call: its lanes take turns, in an order of no pattern, so that a lane that reads what another one
// writes in the same turn is found out.
const char* const host_cuda = R"(#include <math.h>
#include <string.h>
#define __device__
#define __global__
#define __shared__ static thread_local
struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};
thread_local Dim3 threadIdx{0, 0, 0}, blockIdx{0, 0, 0}, blockDim, gridDim;
#define FOVEA_ELEMENTS(i, count) for (Index i = blockIdx.x; i < (count); i += gridDim.x)
#define FOVEA_LANES(lane) \
  for (int turn = 0, lane = 0; lane = (turn * 97 + 13) % 256, turn < 256; ++turn)
template <class P>
void run_blocks(void (*kernel)(P), const void* operands, unsigned blocks) {
  gridDim.x = blocks;
  for (unsigned block = blocks; block-- > 0;) blockIdx.x = block, kernel(*static_cast<const P*>(operands));
}
)";

void* load_compiled(const TemporaryDirectory& folder, const std::string& source) {
  static int count = 0;
  const std::string name = "kernels" + std::to_string(count++);
  const std::string text = folder.write(name + ".cpp", source).string();
  const std::string library = (folder.path() / (name + ".so")).string();
  const ProgramResult compiled = run_program(
      "/usr/bin/env", {"c++", "-std=c++17", "-ffp-contract=off", "-w", "-fPIC", "-shared", "-o", library, text});
  if (compiled.exit_code != 0) throw std::runtime_error("c++: " + compiled.err.substr(0, 4000));
  void* loaded = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) throw std::runtime_error(::dlerror());
  return loaded;
}

class HostKernels::Gatherer final : public KernelTarget {
 public:
  explicit Gatherer(HostKernels& kernels) : kernels_(kernels) {}
  Array allocate(Shape shape, DType dtype) override { return Array::zeros(std::move(shape), dtype); }
  void launch(const KernelLaunch& kernel) override {
    bool known = false;
    for (const bool complex : {false, true})
      for (const bool fold : {false, true}) known = known || kernel.prelude == kernel_prelude(complex, fold);
    if (!known) throw std::runtime_error("a kernel of another prelude");
    kernels_.bodies_.try_emplace(kernel.body, kernels_.bodies_.size());
  }

 private:
  HostKernels& kernels_;
};

class HostKernels::Runner final : public KernelTarget {
 public:
  explicit Runner(HostKernels& kernels) : kernels_(kernels) {}
  Array allocate(Shape shape, DType dtype) override {
    const Array array = Array::empty(std::move(shape), dtype);
    std::memset(array.data(), 0xA5, static_cast<std::size_t>(array.size()) * size_of(dtype));
    return array;
  }
  void launch(const KernelLaunch& kernel) override {
    const std::string name = "run" + std::to_string(kernels_.bodies_.at(kernel.body)) + "_" + kernel.entry;
    const auto run = reinterpret_cast<void (*)(const void*, unsigned)>(::dlsym(kernels_.library_, name.c_str()));
    if (run == nullptr) throw std::runtime_error("no kernel " + name);
    run(kernel.operands.data(), static_cast<unsigned>(kernel.blocks));
  }

 private:
  HostKernels& kernels_;
};

void HostKernels::gather(const Expr& expr) {
  Gatherer gatherer(*this);
  evaluated_by_kernels(pointer(expr), gatherer);
}

void HostKernels::compile() {
  std::string source = host_cuda + kernel_prelude(true, true);
  const std::regex entry(R"re(extern "C" __global__ void (\w+)\()re");
  for (const auto& [body, number] : bodies_) {
    const std::string n = std::to_string(number);
    source += "namespace kernel" + n + " {\n" + std::regex_replace(body, entry, "void $1(") + "}\n";
    for (std::sregex_iterator at(body.begin(), body.end(), entry), end; at != end; ++at)
      source += "extern \"C\" void run" + n + "_" + (*at)[1].str() +
                "(const void* o, unsigned blocks) { run_blocks(kernel" + n + "::" + (*at)[1].str() +
                ", o, blocks); }\n";
  }
  library_ = load_compiled(folder_, source);
}

Array HostKernels::value(const Expr& expr) {
  Runner runner(*this);
  return evaluated_by_kernels(pointer(expr), runner);
}

}  // namespace fovea::test
