#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "model/graph.h"

namespace fovea::model {

// Choices of kernels by the names of layers: a tuned table.
using Choices = std::map<std::string, ops::Choice>;

// The file for a model on this CPU and version; empty without a fingerprint or a cache folder.
std::filesystem::path choices_file(const std::string& fingerprint);
// None if there is no file. Throws Error(corrupt) naming the file, and those of reading.
Choices read_choices(const std::filesystem::path&);
// Those of this model on this CPU; none when FOVEA_TUNING is "off".
Choices tuned_choices(const std::string& fingerprint);
void write_choices(const std::filesystem::path&, const Choices&);

// The graph with these choices for its nodes.
Graph with_choices(const Graph&, const Choices&);
// SHA-256 of the choices of the graph's nodes; empty without any.
std::string choices_digest(const Graph&);

}  // namespace fovea::model
