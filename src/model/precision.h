#pragma once
#include "fovea/calibration.h"
#include "model/graph.h"

namespace fovea::model {

// The fused f32 graph, its constants on the host, in low precision: convolutions, and what lies between them, on 16
// bits or on bytes; the last pooling
// and the linear layers in f32, as are layers of which low precision has no form. Output f32.
Graph lower_to_half(const Graph&, DType);  // f16 or bf16
// Weights are i8 with a scale a channel; activations u8 behind a ReLU, else i8, with one scale a layer from the
// calibration. A picture's values become the bytes they came from: x = (byte / 255 - mean) / std. Throws
// Error(model_format) when a convolution has no range, unsupported for a mean outside 0..1.
Graph lower_to_int8(const Graph&, const Calibration&, const Preprocess&);

// What the device would have to be, "a processor with …", or empty where it can.
std::string precision_unavailable(Precision, Device = Device::cpu());

}  // namespace fovea::model
