#pragma once
#include "fovea/calibration.h"
#include "model/graph.h"

namespace fovea::model {

// The fused f32 graph in low precision: convolutions, and what lies between them, on bf16 or on bytes; the last pooling
// and the linear layers in f32, as are layers of which low precision has no form. Output f32.
Graph lower_to_bf16(const Graph&);
// Weights are i8 with a scale a channel; activations u8 behind a ReLU, else i8, with one scale a layer from the
// calibration. A picture's values become the bytes they came from: x = (byte / 255 - mean) / std. Throws
// Error(model_format) when a convolution has no range, unsupported for a mean outside 0..1.
Graph lower_to_int8(const Graph&, const Calibration&, const Preprocess&);

// Why this processor cannot, or empty.
std::string precision_unavailable(Precision);

}  // namespace fovea::model
