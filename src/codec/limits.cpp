#include <climits>
#include <cstdio>
#include <string>

#include "base/checked.h"
#include "codec/codec.h"

namespace fovea::codec {
namespace {

std::string size_text(const ImageInfo& info, std::uint64_t width, std::uint64_t height) {
  return std::string(info.format) + ": " + std::to_string(width) + "x" + std::to_string(height);
}

std::string pixels_text(std::uint64_t width, std::uint64_t height) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", static_cast<double>(width) * static_cast<double>(height));
  std::string number = text;
  std::erase(number, '+');
  return number;
}

}  // namespace

Result<ImageInfo> check_size(ImageInfo info, std::uint64_t width, std::uint64_t height, const Limits& limits) {
  if (width == 0 || height == 0)
    return Error(Errc::corrupt, size_text(info, width, height) + ": expected a width and height above 0");
  const auto pixels = checked_multiply(width, height);
  if (!pixels || *pixels > static_cast<std::uint64_t>(limits.max_pixels))
    return Error(Errc::limit_pixels,
                 size_text(info, width, height) + " is " +
                     (pixels && *pixels < 1'000'000'000 ? std::to_string(*pixels) : pixels_text(width, height)) +
                     " pixels, limit " + std::to_string(limits.max_pixels) + "; raise with --max-pixels");
  const std::uint64_t side = std::max(width, height);
  if (side > static_cast<std::uint64_t>(limits.max_side) || side > INT_MAX)
    return Error(Errc::limit_side, size_text(info, width, height) + ": side limit " + std::to_string(limits.max_side));
  info.width = static_cast<int>(width);
  info.height = static_cast<int>(height);
  const std::int64_t bytes = picture_bytes(info.height, info.width, std::max(info.channels, 3));
  if (auto error = check_decoded_bytes(info, bytes, limits)) return *error;
  return info;
}

std::optional<Error> check_decoded_bytes(const ImageInfo& info, std::int64_t bytes, const Limits& limits) {
  if (bytes <= limits.max_decoded_bytes) return std::nullopt;
  return Error(Errc::limit_bytes,
               size_text(info, static_cast<std::uint64_t>(info.width), static_cast<std::uint64_t>(info.height)) +
                   " needs " + (bytes < INT64_MAX ? std::to_string(bytes) : "2^63 or more") + " bytes decoded, limit " +
                   std::to_string(limits.max_decoded_bytes));
}

Error timed_out(std::string_view format) {
  return Error(Errc::timeout,
               std::string(format) + ": the picture's time ended before its last row; raise with --timeout");
}

std::optional<Error> check_metadata(std::string_view format, std::uint64_t bytes, const Limits& limits) {
  if (bytes <= static_cast<std::uint64_t>(limits.max_metadata_bytes)) return std::nullopt;
  return Error(Errc::limit_metadata, std::string(format) + ": " + std::to_string(bytes) + " bytes of metadata, limit " +
                                         std::to_string(limits.max_metadata_bytes));
}

}  // namespace fovea::codec
