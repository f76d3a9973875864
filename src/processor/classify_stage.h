#pragma once
#include <memory>
#include <span>

#include "fovea/processor.h"
#include "pipeline/model_places.h"
#include "pipeline/preparer.h"
#include "pipeline/stage.h"

namespace fovea {

// The `topk` most probable classes of one picture's logits; equal ones by class index.
std::vector<Prediction> top_classes(std::span<const float> logits, int topk, const std::vector<std::string>& labels);

// Classification as a stage of a run, whose device takes batches of prepared pictures.
class ClassifyStage final : public pipeline::Stage {
 public:
  ClassifyStage(std::shared_ptr<pipeline::ModelPlaces>, Device, const Preprocess&, const ImageProcessor::Options&);
  void load(const pipeline::Picture&, Row&, const Array& slot, pipeline::Budget&) override;
  void process(const Array& batch, std::span<Row*> rows) override;
  void add_times(std::vector<StageTime>&) const override;

 private:
  std::shared_ptr<pipeline::ModelPlaces> models_;
  const Device device_;
  const ImageProcessor::Options& options_;
  pipeline::Preparer preparer_;
  double infer_seconds_ = 0;
  std::int64_t inferred_ = 0;
};

}  // namespace fovea
