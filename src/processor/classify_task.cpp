#include "processor/classify_task.h"

#include <algorithm>

#include "model/session.h"
#include "pipeline/manifest.h"
#include "processor/classify_stage.h"

namespace fovea {

RowColumns ClassifyTask::columns() const {
  return {{}, std::min(options_.topk, model_.classes())};
}

std::vector<std::pair<std::string, std::string>> ClassifyTask::manifest() const {
  std::vector<std::pair<std::string, std::string>> entries;
  pipeline::add_model(entries, model_);
  pipeline::add_decoding(entries, options_.decode);
  entries.emplace_back("topk", std::to_string(columns().topk));
  return entries;
}

std::unique_ptr<pipeline::Stage> ClassifyTask::stage(Device device) const {
  return std::make_unique<ClassifyStage>(places_, device, model_.preprocess(), options_);
}

Shape ClassifyTask::slot() const {
  const Preprocess& preprocess = model_.preprocess();
  return {preprocess.channels, preprocess.crop, preprocess.crop};
}

// On the CPU what one executor takes at once.
int ClassifyTask::batch(Device device) const {
  if (device != Device::cpu()) return options_.batch_size;
  return static_cast<int>(std::min<std::int64_t>(options_.batch_size, model::Session::most_pictures));
}

}  // namespace fovea
