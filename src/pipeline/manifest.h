#pragma once
#include <string>
#include <utility>
#include <vector>

#include "fovea/image.h"
#include "fovea/model.h"

namespace fovea::pipeline {

using Manifest = std::vector<std::pair<std::string, std::string>>;

// What of a model, and of the ways to decode, decides what rows hold.
void add_model(Manifest&, const Model&);
void add_decoding(Manifest&, const DecodeOptions&);

}  // namespace fovea::pipeline
