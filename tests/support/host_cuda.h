#pragma once
#include <string>

#include "support/run_program.h"
#include "support/temporary_directory.h"

namespace fovea::test {

// What makes CUDA C++ plain C++. Of a generated kernel a block is one call, whose lanes take turns in an order of no
// pattern: a lane that reads what another one writes in the same turn is found out. Of others a thread is one call, so
// they must do without barriers.
inline constexpr const char* host_cuda = R"(#include <math.h>
#include <string.h>
#include <type_traits>
#include <utility>
#define __device__
#define __global__
#define __shared__ static thread_local
struct Place3 {
  unsigned x, y, z;
};
static thread_local Place3 threadIdx{}, blockIdx{}, blockDim{1, 1, 1}, gridDim{1, 1, 1};
#define FOVEA_ELEMENTS(i, count) for (Index i = blockIdx.x; i < (count); i += gridDim.x)
#define FOVEA_LANES(lane) for (int turn = 0, lane = 0; lane = (turn * 97 + 13) % 256, turn < 256; ++turn)
static const unsigned one_thread[] = {1, 1, 1};

template <class F>
static void for_places(Place3 extent, Place3& place, F f) {
  for (unsigned z = extent.z; z-- > 0;)
    for (unsigned y = extent.y; y-- > 0;)
      for (unsigned x = extent.x; x-- > 0;) place = Place3{x, y, z}, f();
}
template <class... P, size_t... k>
static void call(void (*kernel)(P...), void** parameters, std::index_sequence<k...>) {
  kernel(*static_cast<std::remove_const_t<P>*>(parameters[k])...);
}
template <class... P>
static void run(void (*kernel)(P...), void** parameters, const unsigned* grid, const unsigned* block) {
  gridDim = {grid[0], grid[1], grid[2]};
  blockDim = {block[0], block[1], block[2]};
  for_places(gridDim, blockIdx, [&] {
    for_places(blockDim, threadIdx, [&] { call(kernel, parameters, std::index_sequence_for<P...>()); });
  });
}
template <class... P>
static size_t sizes_of(void (*)(P...), size_t* to) {
  (void)(size_t{0} + ... + (*to++ = sizeof(P)));
  return sizeof...(P);
}
)";

// C++ that runs the kernel that `kernel` names, as NAME_launch, and tells the sizes of its parameters, as NAME_sizes.
inline std::string host_launcher(const std::string& name, const std::string& kernel, bool generated) {
  return "extern \"C\" void " + name + "_launch(void** p, const unsigned* grid, const unsigned* block) {\n  run(" +
         kernel + ", p, grid, " + (generated ? "one_thread" : "block") + ");\n}\nextern \"C\" size_t " + name +
         "_sizes(size_t* to) {\n  return sizes_of(" + kernel + ", to);\n}\n";
}

// Compiles C++ to a library NAME.so in the folder by the compiler of this machine.
inline ProgramResult compile_on_host(const TemporaryDirectory& folder, const std::string& name,
                                     const std::string& source, std::vector<std::string> options = {}) {
  const std::string text = folder.write(name + ".cpp", source).string();
  std::vector<std::string> arguments{"c++",
                                     "-std=c++17",
                                     "-ffp-contract=off",
                                     "-w",
                                     "-fPIC",
                                     "-shared",
                                     "-o",
                                     (folder.path() / (name + ".so")).string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(text);
  return run_program("/usr/bin/env", arguments);
}

}  // namespace fovea::test
