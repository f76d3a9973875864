#pragma once
#include <memory>

#include "fovea/decode_scale.h"
#include "fovea/image.h"
#include "fovea/model.h"
#include "fovea/pipeline.h"

namespace fovea {

struct ClassifyOptions {
  int topk = 5;          // predictions a row, at most one a class
  int batch_size = 32;   // at most this many pictures go through the network at once; on the CPU never more than 8
  bool logits = false;   // keep each row's logits, as Row::values
  DecodeOptions decode;  // channels are the model's, shrink_to is the scale's
  DecodeScale scale = DecodeScale::exact;  // of JPEGs, before the network's resize
};

// Says what is on pictures: each row gets the model's most probable classes. The model is copied to each device that a
// run uses. Throws Error(invalid_argument) for topk below 1, batch_size outside 1 to 4096, or a model without classes.
std::unique_ptr<Task> classify_task(const Model&, const ClassifyOptions& = {});

}  // namespace fovea
