#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fovea/pipeline.h"
#include "fovea/processor.h"
#include "pipeline/model_places.h"

namespace fovea {

// Says what is on pictures: each row gets the most probable classes, and the logits if they are asked for.
class ClassifyTask final : public Task {
 public:
  ClassifyTask(const Model& model, ImageProcessor::Options options)
      : model_(model), places_(std::make_shared<pipeline::ModelPlaces>(model)), options_(std::move(options)) {}

  RowColumns columns() const override;
  std::vector<std::pair<std::string, std::string>> manifest() const override;
  std::unique_ptr<pipeline::Stage> stage(Device) const override;
  Shape slot() const override;
  int batch(Device) const override;

 private:
  Model model_;
  std::shared_ptr<pipeline::ModelPlaces> places_;
  ImageProcessor::Options options_;
};

}  // namespace fovea
