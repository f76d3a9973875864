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

DType dtype_of(Precision precision) {
  return precision == Precision::f32 ? DType::f32 : precision == Precision::bf16 ? DType::bf16 : DType::i8;
}

nlohmann::json network_weights(const Request& request, const Model& model, Precision precision,
                               const NetworkPictures& pictures) {
  const Preprocess& p = model.preprocess();
  return {{"weights", weights_file(request.model)},
          {"architecture", model.architecture()},
          {"classes", model.classes()},
          {"precision", name(precision)},
          {"pictures", pictures.for_peers()},
          {"resize", p.resize},
          {"crop", p.crop},
          {"mean", p.mean},
          {"std", p.std}};
}

}  // namespace fovea::cli
