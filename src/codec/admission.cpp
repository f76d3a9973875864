#include "codec/admission.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "codec/codec.h"

namespace fovea::codec {
namespace {

constexpr std::int64_t boundless = std::numeric_limits<std::int64_t>::max();

std::int64_t sum(std::int64_t a, std::int64_t b) {
  return checked_add(a, b).value_or(boundless);
}

}  // namespace

std::int64_t picture_bytes(std::int64_t height, std::int64_t width, std::int64_t pixel_bytes) {
  const auto pixels = checked_multiply(height, width);
  return pixels ? checked_multiply(*pixels, pixel_bytes).value_or(boundless) : boundless;
}

std::optional<Error> Admission::ask(const ImageInfo& info, std::int64_t pixels, std::int64_t beside) const {
  const std::int64_t decoding = sum(pixels, beside);
  if (auto error = check_decoded_bytes(info, decoding, limits_)) return error;
  if (admit_) admit_(turned_ ? std::max(decoding, sum(pixels, pixels)) : decoding);
  return std::nullopt;
}

std::optional<Error> Admission::ask_for_strip(const ImageInfo& info, std::int64_t pixels, std::int64_t strip,
                                              std::int64_t beside) const {
  if (auto error = check_decoded_bytes(info, sum(pixels, beside), limits_)) return error;
  if (admit_) admit_(sum(strip, beside));
  return std::nullopt;
}

}  // namespace fovea::codec
