#pragma once
#include <functional>
#include <memory>
#include <span>

#include "fovea/processor.h"
#include "pipeline/preparer.h"
#include "pipeline/runner.h"

namespace fovea {

// The `topk` most probable classes of one picture's logits; equal ones by class index.
std::vector<Prediction> top_classes(std::span<const float> logits, int topk, const std::vector<std::string>& labels);

// Loads one input into its place of the batch.
using Load = std::function<Result<pipeline::PictureInfo>(pipeline::Preparer&, std::int64_t index, const Array& slot)>;

// Classification as a stage of the runner.
class ClassifyStage final : public pipeline::Stage {
 public:
  ClassifyStage(const Model& model, const ImageProcessor::Options& options, const Load& load);
  void load(Row& row, const Array& slot) override;
  void process(const Array& batch, std::span<Row*> rows) override;
  void add_times(std::vector<StageTime>&) const override;

 private:
  const Model& model_;
  const ImageProcessor::Options& options_;
  const Load& load_;
  pipeline::Preparer preparer_;
  double infer_seconds_ = 0;
};

}  // namespace fovea
