#pragma once
#include <functional>

#include "fovea/array.h"
#include "fovea/ops.h"
#include "pipeline/chain/text.h"

namespace fovea::pipeline {

// One op of a chain, of pictures u8 [height, width, channels].
struct Step {
  // What becomes of a picture of a shape, as far as the op's own rules allow it. Throws Error.
  std::function<Shape(const Shape&)> result;
  // `as` is the picture's shape, or that of the picture it was scaled down from while it was decoded. The result may
  // lie on the device. Throws Error.
  std::function<Array(const Array&, const Shape& as, Device)> apply;
  int sample_bytes = 1;        // that the op takes and gives for each sample, beside each other
  std::int64_t resize_to = 0;  // of resize=SIDE
  std::string plugin_op;       // its name, if a plug-in has it
};

Step resize_step(const StepText&);
Step crop_step(const StepText&);
// An op of the registry with one input. Throws refusal() also when the op makes no picture of a picture of this shape.
Step op_step(const StepText&, const ops::OpInfo&, const Shape& picture);

}  // namespace fovea::pipeline
