#pragma once
#include <functional>

#include "ops/op.h"
#include "ops/winograd/engine.h"

// What a model keeps of a layer's weights.
namespace fovea::ops::winograd {

// Of a convolution's parameter of that name.
inline Activation activation(const std::string& name) {
  return name == "relu" ? Activation::relu : name == "relu6" ? Activation::relu6 : Activation::none;
}

inline float* floats(const Array& array) {
  return reinterpret_cast<float*>(array.data());
}

// U of `original`, made once a cache. `plain` gives the weights [out, in, window, window] it is made of.
Array transformed(WeightCache&, const Array& original, const Geometry&, Index group,
                  const std::function<Array()>& plain);

// The bias with zeros up to whole panels.
Array padded_bias(WeightCache&, const Array& bias);

// The calling thread's memory for V, M and the like, of at least `count` floats; the next call's too.
float* scratch(Index count);

}  // namespace fovea::ops::winograd
