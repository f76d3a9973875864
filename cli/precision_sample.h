#pragma once
#include <vector>

#include "fovea/array.h"
#include "fovea/model.h"
#include "network_options.h"
#include "picture_options.h"

namespace fovea::cli {

// The readable ones among the first inputs of a run, or of --sample-from, as the model's inputs. Throws Error:
// policy for inputs that are not there twice, invalid_argument for a sample that is too large or has too few pictures.
std::vector<Array> precision_sample(const Model&, const AutoPrecision&, const PictureOptions&, Console&);

}  // namespace fovea::cli
