#pragma once
#include <string>
#include <vector>

#include "fovea/image.h"
#include "pipeline/chain/step.h"
#include "pipeline/deadline.h"

namespace fovea::pipeline {

// A chain of ops and the format that pictures are written in, from its text. Immutable; thread-safe.
class Chain {
 public:
  // Checks all of it for pictures of that many channels. Throws Error(invalid_argument) with the place in the text.
  Chain(const std::string& text, int channels);

  const EncodeOptions& encoding() const { return encoding_; }
  const std::vector<std::string_view>& extensions() const;  // of the format, the one for new names first
  // The shorter side that the first op makes, or 0 for other ops.
  std::int64_t first_resize() const { return steps_.empty() ? 0 : steps_.front().resize_to; }

  std::vector<std::string> plugin_ops() const;  // in their order, each as often as it is used

  // About the bytes that the ops and the encoder take at their peak for a picture of a shape whose decoded pixels take
  // `decoded` bytes.
  std::int64_t peak(const Shape& picture, std::int64_t decoded) const;

  // u8 [height, width, channels] on the host. `as` is the picture's shape before it was scaled in decoding. The
  // deadline is heeded between ops.
  Array apply(const Array& picture, Shape as, Device, const Deadline& = {}) const;

 private:
  std::vector<Step> steps_;
  EncodeOptions encoding_;
};

}  // namespace fovea::pipeline
