#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fovea/model.h"
#include "model/graph.h"

namespace fovea::model {

// What a state dict turned out to be.
struct Network {
  std::string architecture;
  Graph graph;
  Preprocess preprocess;  // what this family is trained with, unless the file says otherwise
};

// One family of networks, recognised by the names and shapes of its tensors.
struct Architecture {
  std::string_view name;
  bool (*matches)(const StateDict&);
  Network (*build)(const StateDict&);  // throws Error(model_format) naming the tensor that does not fit
};
const std::vector<Architecture>& architectures();

// The family that fits. Throws Error(model_format) that says what was looked for.
Network recognise(const StateDict&);

}  // namespace fovea::model
