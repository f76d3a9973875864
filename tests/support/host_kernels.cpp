#include "support/host_kernels.h"

#include <dlfcn.h>

#include <algorithm>
#include <stdexcept>

#include "expr/cuda/prelude.h"
#include "support/host_cuda.h"

namespace fovea::test {

class HostKernels::Gatherer final : public KernelTarget {
 public:
  explicit Gatherer(HostKernels& kernels) : kernels_(kernels) {}
  Array allocate(Shape shape, DType dtype) override { return Array::zeros(std::move(shape), dtype); }
  void launch(const KernelLaunch& kernel) override {
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
    std::fill_n(array.data(), static_cast<std::size_t>(array.size()) * size_of(dtype), std::byte{0xA5});
    return array;
  }
  void launch(const KernelLaunch& kernel) override {
    const std::string name = "run" + std::to_string(kernels_.bodies_.at(kernel.body)) + "_" + kernel.entry;
    const auto run = reinterpret_cast<void (*)(void**, const unsigned*, const unsigned*)>(
        ::dlsym(kernels_.library_, (name + "_launch").c_str()));
    if (run == nullptr) throw std::runtime_error("no kernel " + name);
    void* operands[] = {const_cast<std::uint64_t*>(kernel.operands.data())};
    const unsigned grid[] = {static_cast<unsigned>(kernel.blocks), 1, 1}, block[] = {1, 1, 1};
    run(operands, grid, block);
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
  for (const auto& [body, number] : bodies_) {
    const std::string n = std::to_string(number);
    source += "namespace kernel" + n + " {\n" + replaced(body, kernel_entry, "void ") + "}\n";
    for (const std::string& name : kernel_names(body))
      source += host_launcher("run" + n + "_" + name, "kernel" + n + "::" + name, true);
  }
  const ProgramResult compiled = compile_on_host(folder_, "kernels", source);
  if (compiled.exit_code != 0) throw std::runtime_error("c++: " + compiled.err.substr(0, 4000));
  library_ = ::dlopen((folder_.path() / "kernels.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw std::runtime_error(::dlerror());
}

Array HostKernels::value(const Expr& expr) {
  Runner runner(*this);
  return evaluated_by_kernels(pointer(expr), runner);
}

}  // namespace fovea::test
