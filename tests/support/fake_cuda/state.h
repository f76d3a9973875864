#pragma once
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/cuda/driver_functions.h"
#include "support/fake_cuda/fake_cuda.h"

// One lock guards everything; work runs without it. Handles are addresses of these objects, or of a shared pointer's.
namespace fovea::cuda {

struct CUctx_st {
  int device = 0;
  CUresult lost = CUDA_SUCCESS;
  std::size_t used = 0;  // bytes
};

struct Kernel {
  std::function<void(void** parameters, const unsigned* grid, const unsigned* block)> function;
  std::vector<std::size_t> sizes;
};

struct CUfunc_st {
  std::string name;
  Kernel kernel;
};

struct CUmod_st {
  int device = 0;
  void* library = nullptr;                   // of an image that is one: what nvrtc.cpp makes
  std::map<std::string, CUfunc_st> kernels;  // of the library, or of PTX
};

// A kernel with what it is started with.
struct KernelLaunch {
  CUfunction function = nullptr;
  std::array<unsigned, 3> grid{}, block{};
  unsigned shared_bytes = 0;
  std::vector<std::vector<std::byte>> values;  // of the parameters
  void run();
};

struct Copy {
  std::byte* to = nullptr;
  const std::byte* from = nullptr;
  std::size_t row_bytes = 0, rows = 1, to_pitch = 0, from_pitch = 0;
};

struct CUgraphNode_st {
  unsigned type = 0;
  bool direct = false;  // added to the graph, not captured
  std::vector<CUgraphNode> before;
  std::vector<CUgraphEdgeData> edges;  // as before
  KernelLaunch kernel;
  std::vector<void*> parameters;  // of the kernel, when they have been asked for
  int priority = 0;               // an attribute of kernels
  CUDA_MEMSET_NODE_PARAMS fill{};
  CUDA_HOST_NODE_PARAMS host{};
  Copy copy;
  std::shared_ptr<CUgraph_st> child;
};

struct CUgraph_st {
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;
};

struct CUgraphExec_st {
  std::shared_ptr<CUgraph_st> source;  // a copy of the graph at the instantiation
  std::vector<CUgraphNode> original;   // the handles that parameters are set by
  std::vector<CUgraphNode_st> nodes;   // copies
  std::vector<std::vector<int>> before;
};

struct Capture {
  CUstream origin = nullptr;
  std::unique_ptr<CUgraph_st> graph = std::make_unique<CUgraph_st>();
  bool invalid = false;
  std::set<CUstream> streams;
  std::set<CUgraphNode> let_go;  // taken out of what a stream's next node comes after
};

struct CUevent_st {
  std::uint64_t recorded = 0, reached = 0;
  std::chrono::steady_clock::time_point at;
  std::shared_ptr<Capture> capture;  // null: the last record was outside of one
  std::vector<CUgraphNode> after;
  std::vector<CUgraphEdgeData> edges;
};

struct Work {
  std::function<bool()> ready;  // asked with the lock held; empty: at once
  std::function<void()> run;
  bool counts = true;  // as a piece of work that can fail
  bool polls = false;  // `ready` changes without a notice
};

struct CUstream_st {
  CUcontext context = nullptr;
  std::deque<Work> queue;
  bool busy = false, closing = false;
  std::shared_ptr<Capture> capture;
  std::vector<CUgraphNode> after;      // that its next node comes after
  std::vector<CUgraphEdgeData> edges;  // as after
};

namespace fake {

// Nodes that the library does not make, and that do nothing here: their memory is there at once.
constexpr unsigned type_allocation = 10, type_free = 11;

struct Block {
  std::size_t bytes = 0;
  bool pinned = false;
  int device = 0;
};

struct Rule {
  std::string function;
  int left = 0;
  CUresult error = 0;
  FakeCudaFault fault = FakeCudaFault::once;
};

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  CUctx_st contexts[fake_cuda_devices];
  std::size_t memory = std::size_t{8} << 30;
  std::map<std::uintptr_t, Block> blocks;
  std::uintptr_t free_from = 0, free_to = 0;  // addresses for device memory
  std::unordered_map<CUstream, std::shared_ptr<CUstream_st>> streams;
  std::unordered_map<CUevent, std::shared_ptr<CUevent_st>> events;
  std::unordered_map<CUgraph, std::unique_ptr<CUgraph_st>> graphs;
  std::unordered_map<CUgraphExec, std::shared_ptr<CUgraphExec_st>> execs;
  std::unordered_map<CUmodule, std::unique_ptr<CUmod_st>> modules;
  std::map<std::string, CUfunc_st> kernels;
  std::vector<Rule> rules;
  std::map<std::string, long> calls;
  const char* failed = nullptr;
  int fault_in = 0, hang_in = 0, flip_in = 0;  // 0: none; flip_in 1: all from now on
  std::size_t flipped = 0;                     // how many copies
  CUresult fault_error = 0;
  int hangs = 0;  // raised to let go what hangs
};
State& state();  // never destroyed: threads outlive static objects

using Lock = std::unique_lock<std::mutex>;
extern thread_local std::vector<CUcontext> context_stack;
extern thread_local bool in_host_function;

// Counts the call and says what it must give at once: an injected error, that of a lost device, or 0.
CUresult enter(const char* function);
CUcontext current();

// With the lock held.
CUresult enqueue(CUstream, Work);
CUgraphNode_st* add_node(CUstream, unsigned type);
bool is_zero(const CUgraphEdgeData&);
// Checks the launch and copies what the pointers point to.
CUresult take_parameters(KernelLaunch&, void** parameters, void** extra);
CUresult check_range(CUdeviceptr address, std::size_t bytes, bool device_only);
// Whether both ends of a copy are inside of blocks of their kinds.
CUresult check_copy(const Copy&, bool to_device, bool from_device);
bool is_device_memory(CUdeviceptr address);
CUresult read(const CUDA_MEMCPY3D&, Copy&);
std::shared_ptr<CUgraph_st> copy_of(const CUgraph_st&);
void lose(CUcontext, CUresult);
// Without it: counts an operation of PTX, and says whether it is one of those that go wrong.
bool arithmetic_goes_wrong();

void run(const Copy&);
void run(const CUDA_MEMSET_NODE_PARAMS&);
void run(const CUDA_HOST_NODE_PARAMS&);

}  // namespace fake
}  // namespace fovea::cuda

// The first line of a function of the driver.
#define FAKE_ENTER() \
  if (const CUresult status_ = fake::enter(__func__); status_ != CUDA_SUCCESS) return status_
// Then of those that need a context, and the lock.
#define FAKE_ENTER_CONTEXT()                                         \
  FAKE_ENTER();                                                      \
  if (fake::current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT; \
  fake::State& s = fake::state();                                    \
  fake::Lock lock(s.mutex)
