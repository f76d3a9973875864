#pragma once
#include <dnnl.hpp>
#include <functional>
#include <string>

#include "ops/op.h"

// What the oneDNN variants share.
namespace fovea::ops::onednn {

const dnnl::engine& engine();
dnnl::stream& stream();  // the calling thread's

// The channel block that oneDNN's convolutions want on this CPU: 16 with AVX-512, else 8.
int channel_block();
bool takes(const TensorSpec&);  // plain, or in that block
dnnl::memory::desc descriptor(const TensorSpec&);

dnnl::memory memory(const dnnl::memory::desc&, void* data = nullptr);
void reorder(const dnnl::memory::desc& from, const void* source, const dnnl::memory::desc& to, void* target);

// Sets how many threads of oneDNN's (OpenMP's) work for the calling thread, and keeps them off its CPU
// (base/workers.h).
void set_threads(int threads);

// part(i) for each i below `parts` on oneDNN's own (OpenMP) threads: a second pool beside them would fight for the
// cores. part must not throw.
void run_parts(int parts, const std::function<void(int)>& part);

std::string layout_key(const dnnl::memory::desc&);  // equal for equal layouts

}  // namespace fovea::ops::onednn
