#pragma once
#include <map>
#include <memory>

#include "base/file.h"
#include "fovea/image.h"
#include "fovea/model.h"
#include "ops/op.h"
#include "pipeline/budget.h"

namespace fovea::pipeline {

// Where one worker's time went, in seconds.
struct PrepareTimes {
  double read = 0, decode = 0, prepare = 0;
};

// `options` with JPEGs scaled while they are decoded, to no less than what the resize that follows can average over.
DecodeOptions fast_decode(DecodeOptions options, const Preprocess&);

// What a prepared picture was, after orientation and before any scaling.
struct PictureInfo {
  int width = 0, height = 0;
  std::string format;  // "array" for pixels that were given
};

// Turns pictures into the network's input, in place in a batch. One a worker; not thread-safe.
class Preparer {
 public:
  Preparer(const Preprocess&, const DecodeOptions&);

  // slot: f32 [channels, crop, crop], contiguous; its contents are unspecified after an error.
  // The budget admits decoded pixels, and has them back on return.
  Result<PictureInfo> from_file(const std::filesystem::path&, const Array& slot, Budget&);
  Result<PictureInfo> from_bytes(std::span<const std::byte>, const Array& slot, Budget&);
  Result<PictureInfo> from_pixels(const Array& pixels, const Array& slot);  // u8 [height, width, channels]

  const PrepareTimes& times() const { return times_; }

 private:
  struct Prepared {
    std::unique_ptr<ops::Kernel> kernel;
    std::string_view variant;
    std::int64_t last_use = 0;
  };
  Prepared& prepared_for(const Array& pixels);

  DecodeOptions decode_;
  const ops::Op& op_;
  std::shared_ptr<void> params_;
  std::map<Shape, Prepared> kernels_;  // by the picture's shape
  std::int64_t uses_ = 0;
  FileReader reader_;
  std::shared_ptr<Memory> memory_;
  PrepareTimes times_;
};

}  // namespace fovea::pipeline
