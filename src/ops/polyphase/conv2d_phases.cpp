#include "ops/polyphase/conv2d_phases.h"

#include "ops/conv2d.h"

namespace fovea::ops::cpu::polyphase {

winograd::Phases phases(const Call& call, Index first, Index rows) {
  const Shape &x = call.inputs[0].shape, &y = call.output.shape;
  constexpr Index reach = half_window - 1;
  return {x[1], x[2], x[3], call.as<Conv2d>().padding, first, rows + reach, y[3] + reach, winograd::lanes()};
}

winograd::Geometry geometry(const Call& call, Index rows) {
  const winograd::Phases p = phases(call, 0, rows);
  const Shape& y = call.output.shape;
  return {{3, half_window}, 1, 4 * p.channels, y[1], p.rows,
          p.columns,        0, rows,           y[3], winograd::activation(call.as<Conv2d>().activation)};
}

// Tap (2r + a, 2s + b) is tap (r, s) of phase (a, b).
Array weights(const Call& call, Index group) {
  const Array& original = call.constants[1];
  return winograd::transformed(*call.weights, original, geometry(call, 1), group, [&] {
    const Shape& w = original.shape();
    Array made = Array::zeros({w[0], 4 * w[1], half_window, half_window}, DType::f32);
    const auto to = view<float, 4>(made);
    const auto from = view<const float, 4>(original);
    for (Index k = 0; k < w[0]; ++k)
      for (Index c = 0; c < w[1]; ++c)
        for (Index r = 0; r < window; ++r)
          for (Index s = 0; s < window; ++s) to(k, 4 * c + 2 * (r % 2) + s % 2, r / 2, s / 2) = from(k, c, r, s);
    return made;
  });
}

}  // namespace fovea::ops::cpu::polyphase
