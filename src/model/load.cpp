#include <algorithm>
#include <future>

#include "base/file.h"
#include "base/sha256.h"
#include "model/architecture/architecture.h"
#include "model/choices.h"
#include "model/format/format.h"
#include "model/metadata.h"
#include "model/shapes.h"
#include "model/state.h"

extern "C" const std::byte fovea_embedded_mini[], fovea_embedded_mini_end[];

namespace fovea {
namespace {

constexpr std::int64_t max_model_bytes = std::int64_t{4} << 30;

std::string at(const std::string& where, const Error& error) {
  return where + ": " + error.what();
}

FileBytes embedded_mini() {
  // Not owned: the bytes live as long as the program.
  return {{fovea_embedded_mini, [](const std::byte*) {}},
          static_cast<std::size_t>(fovea_embedded_mini_end - fovea_embedded_mini)};
}

// The zoo's file for this name, pulled if it is not in the cache; the text itself if it is no name of the zoo.
std::filesystem::path find_file(const std::string& name_or_path) {
  std::string known = "mini";
  for (const ZooEntry& entry : model_zoo()) {
    if (entry.name == name_or_path) return entry.cached ? entry.path : pull_model(entry.name);
    known += ", " + entry.name;
  }
  if (std::error_code ignored; !std::filesystem::exists(name_or_path, ignored))
    throw Error(Errc::not_found, "model: " + name_or_path + ": expected a file or one of " + known + ", found neither");
  return name_or_path;
}

}  // namespace

Model Model::load(const std::string& name_or_path) {
  const bool embedded = name_or_path == "mini";
  const std::filesystem::path path = embedded ? "" : find_file(name_or_path);
  const std::string where = "model: " + name_or_path;
  Result<FileBytes> file = embedded ? Result<FileBytes>(embedded_mini()) : read_file(path, max_model_bytes);
  if (!file) throw Error(file.error().code(), at(where, file.error()));
  auto fingerprint = std::async(std::launch::async, [bytes = file.value()] { return sha256_hex(bytes.bytes()); });
  Result<StateDict> dict = model::parse_state_dict(file.value());
  if (!dict) throw Error(dict.error().code(), at(where, dict.error()));
  try {
    Model loaded = from_state_dict(std::move(dict).value(),
                                   embedded || name_or_path != path ? name_or_path : path.stem().string());
    auto state = std::const_pointer_cast<ModelState>(loaded.state_);
    state->fingerprint = fingerprint.get();
    if (const model::Choices choices = model::tuned_choices(state->fingerprint); !choices.empty()) {
      state->graph = std::make_shared<const model::Graph>(model::with_choices(*state->graph, choices));
      state->make_sessions();
    }
    if (!embedded && name_or_path != path && state->labels.empty()) state->labels = load_labels("imagenet");
    return loaded;
  } catch (const Error& error) {
    throw Error(error.code(), at(name_or_path, error));
  }
}

Model Model::from_state_dict(StateDict dict, std::string name) {
  model::Network network = model::recognise(dict);
  auto state = std::make_shared<ModelState>();
  state->name = std::move(name);
  state->architecture = network.architecture;
  state->preprocess = network.preprocess;
  model::apply_metadata(dict.metadata, state->preprocess, state->labels);
  if (state->preprocess.channels != network.graph.channels)
    throw Error(Errc::model_format, "model: expected " + std::to_string(network.graph.channels) +
                                        " channels, got preprocessing for " +
                                        std::to_string(state->preprocess.channels));
  for (const auto& [key, tensor] : dict.tensors)
    if (key.find("running_") == std::string::npos && key.find("num_batches_tracked") == std::string::npos)
      state->parameters += tensor.size();
  // Shapes are checked before the passes, which take them for granted.
  const std::int64_t side = state->preprocess.crop;
  const auto inferred = model::infer_shapes(network.graph, {1, network.graph.channels, side, side});
  state->classes = static_cast<int>(inferred.back().output.shape.at(1));
  if (!state->labels.empty() && static_cast<int>(state->labels.size()) != state->classes)
    throw Error(Errc::model_format, "model: expected " + std::to_string(state->classes) + " labels, got " +
                                        std::to_string(state->labels.size()));
  model::fold_batch_norm(network.graph);
  model::fuse_convolutions(network.graph);
  state->graph = std::make_shared<const model::Graph>(std::move(network.graph));
  state->make_sessions();
  Model model;
  model.state_ = std::move(state);
  return model;
}

}  // namespace fovea
