#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "fovea/image.h"

namespace fovea::codec {

// Hears how many bytes a picture takes at its peak, before they are allocated. May wait; an Error that it throws
// becomes the picture's.
using Admit = std::function<void(std::int64_t bytes)>;

// height * width * pixel_bytes, or 2^63-1 when that is more.
std::int64_t picture_bytes(std::int64_t height, std::int64_t width, std::int64_t pixel_bytes);

// The memory of one picture.
class Admission {
 public:
  // turned: the pixels are copied once more when they are complete.
  Admission(std::shared_ptr<Memory> memory, const Limits& limits, bool turned, const Admit& admit)
      : memory_(std::move(memory)), limits_(limits), turned_(turned), admit_(admit) {}

  const std::shared_ptr<Memory>& memory() const { return memory_; }

  // Asked once by each codec that knows its pixels' bytes and those of what it needs beside them (rows of scratch
  // aside), before it allocates either. The error of more than max_decoded_bytes, or nothing.
  std::optional<Error> ask(const ImageInfo&, std::int64_t pixels, std::int64_t beside = 0) const;

  // The same for pixels of which only a strip is there at a time: the limits hold for all, the leave is for the strip
  // and what is beside it.
  std::optional<Error> ask_for_strip(const ImageInfo&, std::int64_t pixels, std::int64_t strip,
                                     std::int64_t beside) const;

 private:
  const std::shared_ptr<Memory> memory_;
  const Limits& limits_;
  const bool turned_;
  const Admit& admit_;
};

}  // namespace fovea::codec
