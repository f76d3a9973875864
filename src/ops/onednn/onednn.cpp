#include "ops/onednn.h"

#include <omp.h>

#include <cstring>

#include "base/workers.h"

namespace fovea::ops::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  thread_local dnnl::stream instance(engine());
  return instance;
}

int channel_block() {
  static const int block = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core ? 16 : 8;
  return block;
}

bool takes(const TensorSpec& spec) {
  return spec.shape.size() == 4 && (spec.block == 1 || spec.block == channel_block());
}

dnnl::memory::desc descriptor(const TensorSpec& spec) {
  using tag = dnnl::memory::format_tag;
  const dnnl::memory::dims dims(spec.shape.begin(), spec.shape.end());
  return {dims, dnnl::memory::data_type::f32,
          spec.block == 16  ? tag::nChw16c
          : spec.block == 8 ? tag::nChw8c
                            : tag::nchw};
}

dnnl::memory memory(const dnnl::memory::desc& desc, void* data) {
  return {desc, engine(), data};
}

void reorder(const dnnl::memory::desc& from, const void* source, const dnnl::memory::desc& to, void* target) {
  dnnl::memory in = memory(from, const_cast<void*>(source)), out = memory(to, target);
  dnnl::reorder(in, out).execute(stream(), in, out);
  stream().wait();
}

void set_threads(int threads) {
  omp_set_num_threads(threads);
  if (threads == 1) return;
  Workers::of_process().make_way();
#pragma omp parallel num_threads(threads)
  if (omp_get_thread_num() > 0) Workers::of_process().joined();
}

void run_parts(int parts, const std::function<void(int)>& part) {
  if (parts == 1) return part(0);
#pragma omp parallel for schedule(static) num_threads(parts)
  for (int i = 0; i < parts; ++i) part(i);
}

std::string layout_key(const dnnl::memory::desc& desc) {
  std::string key(sizeof desc.data, '\0');
  std::memcpy(key.data(), &desc.data, sizeof desc.data);
  return key;
}

}  // namespace fovea::ops::onednn
