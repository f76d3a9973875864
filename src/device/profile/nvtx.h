#pragma once
#include <string_view>

// Ranges for NVIDIA's tools (Nsight Systems, Compute Sanitizer), by version 3 of NVTX: a tool names a library in the
// variable NVTX_INJECTION64_PATH, which is given a table of functions to fill in. NVTX's own headers are not needed.
namespace fovea::profiler::nvtx {

bool wanted();  // whether a tool asks for ranges, when this is first called

// Nested ranges of the calling thread. The first call opens the tool's library; when that fails they do nothing.
void push(std::string_view name) noexcept;
void pop() noexcept;

}  // namespace fovea::profiler::nvtx
