#pragma once
#include <dnnl.hpp>
#include <functional>
#include <string>

#include "ops/op.h"

// What the oneDNN variants share.
namespace fovea::ops::onednn {

const dnnl::engine& engine();
dnnl::stream& stream();  // the calling thread's

// Whether this CPU multiplies bf16, or u8 by s8, in instructions that lose nothing on the way. ONEDNN_MAX_CPU_ISA
// narrows what there is. Without them oneDNN emulates: bf16 slowly, int8 with sums that saturate.
bool multiplies_bf16();
bool multiplies_int8();

// The channel block that oneDNN's convolutions want on this CPU: 16 with AVX-512, else 8.
int channel_block();
bool takes(const TensorSpec&);                     // plain, or in that block
dnnl::memory::data_type data_type(DType);          // f32, bf16, u8 or i8
dnnl::memory::desc descriptor(const TensorSpec&);  // plain, blocked, or with its channels last

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
