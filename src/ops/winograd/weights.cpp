#include "ops/winograd/weights.h"

#include <algorithm>

#include "base/threads.h"

namespace fovea::ops::winograd {

Array transformed(WeightCache& cache, const Array& original, const Geometry& g, Index group,
                  const std::function<Array()>& plain) {
  const std::string key = "winograd " + std::to_string(g.form.tile) +
                          (g.form.stride == 2 ? " of stride 2 by " : " by ") + std::to_string(group);
  return cache.get(original.data(), key, [&] {
    const Array weights = plain();
    Array made = Array::empty({weights_size(g)}, DType::f32);
    const Index panel = 2 * lanes();
    parallel_for((g.out + panel - 1) / panel, 1,
                 [&](Index begin, Index end) { make_weights(g, group, floats(weights), begin, end, floats(made)); });
    return made;
  });
}

Array padded_bias(WeightCache& cache, const Array& bias) {
  const Index panel = 2 * lanes(), count = (bias.size() + panel - 1) / panel * panel;
  if (bias.size() == count) return bias;
  return cache.get(bias.data(), "padded " + std::to_string(count), [&] {
    Array made = Array::zeros({count}, DType::f32);
    std::copy_n(floats(bias), bias.size(), floats(made));
    return made;
  });
}

float* scratch(Index count) {
  thread_local Array memory;
  if (memory.size() < count) memory = Array::empty({count}, DType::f32);
  return floats(memory);
}

}  // namespace fovea::ops::winograd
