#pragma once
#include <map>
#include <memory>

#include "fovea/image.h"
#include "fovea/model.h"
#include "ops/op.h"
#include "ops/prepare/row_feed.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"

namespace fovea::pipeline {

// What a prepared picture was, after orientation and before any scaling.
struct PictureInfo {
  int width = 0, height = 0;
  std::string format;  // "array" for pixels that were given
};

// Turns pictures into the network's input, in place in a batch. One a worker; not thread-safe.
class Preparer {
 public:
  // variant: the row of prepare_image that is used, in place of the first that takes the picture.
  Preparer(const Preprocess&, const DecodeOptions&, std::string_view variant = {});

  // slot: f32 [channels, crop, crop], contiguous; its contents are unspecified after an error.
  // The budget admits decoded pixels, and has them back on return. Where the decoder hands out rows they are prepared
  // as they come, and the budget admits a strip of them.
  Result<PictureInfo> from(const Picture&, const Array& slot, Budget&, Deadline = {});
  Result<PictureInfo> from_bytes(std::span<const std::byte>, const Array& slot, Budget&, Deadline = {});
  Result<PictureInfo> from_pixels(const Array& pixels, const Array& slot);  // u8 [height, width, channels]

  void add_times(std::vector<StageTime>& totals) const { times_.add_to(totals); }

 private:
  struct Prepared {
    std::unique_ptr<ops::Kernel> kernel;
    std::string_view variant;
    std::int64_t last_use = 0;
  };
  class Rows;
  Result<PictureInfo> prepare(const Array& pixels, const Shape& scaled_from, const Array& slot);
  Prepared& prepared_for(const Shape& pixels, const Shape& scaled_from);

  DecodeOptions decode_;
  std::string variant_;
  const ops::Op& op_;
  ops::Params params_;
  std::map<Shape, Prepared> kernels_;  // by the picture's shape, and the height and width that it was scaled from
  std::int64_t uses_ = 0;
  ops::RowFeed feed_;
  std::shared_ptr<Memory> memory_;
  StageTimes times_;
};

}  // namespace fovea::pipeline
