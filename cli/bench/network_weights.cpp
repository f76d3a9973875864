#include "bench/network_weights.h"

#include <filesystem>

namespace fovea::cli {
namespace {

// A model of the zoo lies in the cache, once it is loaded; "" for the embedded one.
std::string weights_file(const std::string& model) {
  for (const ZooEntry& entry : model_zoo())
    if (entry.name == model) return entry.path.native();
  return model == "mini" ? "" : std::filesystem::absolute(model).native();
}

}  // namespace

nlohmann::json network_weights(const Request& request, const Model& model) {
  const Preprocess& p = model.preprocess();
  return {{"weights", weights_file(request.model)},
          {"architecture", model.architecture()},
          {"classes", model.classes()},
          {"resize", p.resize},
          {"crop", p.crop},
          {"mean", p.mean},
          {"std", p.std}};
}

}  // namespace fovea::cli
