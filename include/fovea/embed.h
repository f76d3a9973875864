#pragma once
#include <memory>
#include <string>

#include "fovea/decode_scale.h"
#include "fovea/image.h"
#include "fovea/model.h"
#include "fovea/pipeline.h"

namespace fovea {

struct EmbedOptions {
  std::string layer = {};              // of Model::layers(); empty: what goes into the last linear layer
  Pooling pooling = Pooling::average;  // of a layer with rows and columns
  bool normalize = false;              // each picture's features divided by their Euclidean length, unless that is 0
  int batch_size = 32;                 // pictures through the network at once; on the CPU never more than 8
  DecodeOptions decode = {};           // channels are the model's, shrink_to is the scale's
  DecodeScale scale = DecodeScale::exact;  // of JPEGs, before the network's resize
};

// Rows with the layer's results for each picture as Row::values, flattened as Model::run() does, and no fields.
// Pictures are prepared as for classification. The same bits for any batch, thread count and order. Features that are
// NaN or infinite are the row's error, INTERNAL. Each device gets a copy of the network when its first batch comes.
// Throws Error(invalid_argument): what Model::with_output() throws, a batch_size out of 1 to 4096, a background that
// cannot be. docs/embed.md has the definitions.
std::unique_ptr<Task> embed_task(const Model&, const EmbedOptions& = {});

// Values of a row: the width for npy_sink(). Throws what embed_task() throws.
int embed_width(const Model&, const EmbedOptions& = {});

}  // namespace fovea
