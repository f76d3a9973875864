#include "ops/winograd/weights.h"

#include <algorithm>

#include "base/threads.h"

namespace fovea::ops::winograd {
namespace {

Index panels(const Geometry& g) {
  return (g.out + 2 * lanes() - 1) / (2 * lanes());
}

Array in_panels(const Array& weights, const Geometry& g) {
  const Index panel = 2 * lanes(), count = g.form.window * g.form.window;
  Array made = Array::empty({panels(g), g.in, count, panel}, DType::f32);
  parallel_for(panels(g), 1, [&](Index begin, Index end) {
    float* to = floats(made) + begin * g.in * count * panel;
    for (Index q = begin; q < end; ++q)
      for (Index c = 0; c < g.in; ++c)
        for (Index t = 0; t < count; ++t)
          for (Index k = q * panel; k < (q + 1) * panel; ++k)
            *to++ = k < g.out ? floats(weights)[(k * g.in + c) * count + t] : 0;
  });
  return made;
}

}  // namespace

Array transformed(WeightCache& cache, const Array& original, const Geometry& g, Index group,
                  const std::function<Array()>& plain) {
  const std::string key = "winograd " + std::to_string(g.form.tile) + " by " + std::to_string(group);
  return cache.get(original.data(), key, [&] {
    const Array weights = in_panels(plain(), g);
    Array made = Array::empty({weights_size(g)}, DType::f32);
    parallel_for(panels(g), 1,
                 [&](Index begin, Index end) { make_weights(g, group, floats(weights), begin, end, floats(made)); });
    return made;
  });
}

Array taps(WeightCache& cache, const Array& original, const Geometry& g) {
  return cache.get(original.data(), "winograd taps", [&] { return in_panels(original, g); });
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
