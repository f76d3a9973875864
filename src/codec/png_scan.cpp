#include "codec/png_scan.h"

#include <string>

#include "codec/byte_order.h"
#include "codec/exif.h"

namespace fovea::codec {
namespace {

constexpr std::size_t signature = 8, chunk_overhead = 12;

constexpr std::uint32_t tag(const char (&name)[5]) {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

// Channels of a colour type, or 0 when the pair is not one of the specification's.
int channels_of_type(std::uint32_t color_type, std::uint32_t depth) {
  const bool byte_depth = depth == 8 || depth == 16, packed_depth = depth == 1 || depth == 2 || depth == 4;
  switch (color_type) {
    case 0:
      return byte_depth || packed_depth ? 1 : 0;
    case 2:
      return byte_depth ? 3 : 0;
    case 3:
      return packed_depth || depth == 8 ? 3 : 0;
    case 4:
      return byte_depth ? 2 : 0;
    case 6:
      return byte_depth ? 4 : 0;
    default:
      return 0;
  }
}

Result<PngScan> read_header(Bytes chunk, const Limits& limits) {
  PngScan scan;
  scan.info.format = "png";
  const std::uint32_t depth = byte_at(chunk, 8), color_type = byte_at(chunk, 9);
  scan.info.bits = static_cast<int>(depth);
  scan.info.channels = channels_of_type(color_type, depth);
  if (scan.info.channels == 0)
    return Error(Errc::corrupt, "png: color type " + std::to_string(color_type) + " with bit depth " +
                                    std::to_string(depth) + " is not a PNG kind");
  if (byte_at(chunk, 10) != 0 || byte_at(chunk, 11) != 0 || byte_at(chunk, 12) > 1)
    return Error(Errc::corrupt, "png: unknown compression, filter or interlace method");
  scan.interlaced = byte_at(chunk, 12) == 1;
  Result<ImageInfo> sized = check_size(scan.info, big32(chunk, 0), big32(chunk, 4), limits);
  if (!sized) return sized.error();
  scan.info = sized.value();
  return scan;
}

Error truncated() {
  return Error(Errc::truncated, "png: the file ends before its IEND chunk does");
}

}  // namespace

Result<PngScan> scan_png(Bytes bytes, const Limits& limits) {
  if (bytes.size() < signature + 8) return truncated();
  if (big32(bytes, signature) != 13 || big32(bytes, signature + 4) != tag("IHDR"))
    return Error(Errc::corrupt, "png: expected an IHDR chunk of 13 bytes first");
  if (bytes.size() < signature + chunk_overhead + 13) return truncated();
  Result<PngScan> header = read_header(bytes.subspan(signature + 8, 13), limits);
  if (!header) return header;
  PngScan scan = std::move(header).value();

  std::size_t at = signature, kept_from = 0;
  std::uint64_t metadata = 0;
  bool has_data = false;
  for (int chunks = 1;; ++chunks) {
    if (chunks > limits.max_chunks)
      return Error(Errc::limit_metadata, "png: more than " + std::to_string(limits.max_chunks) + " chunks");
    if (bytes.size() - at < chunk_overhead) return truncated();
    const std::size_t length = big32(bytes, at), size = length + chunk_overhead;
    const std::uint32_t type = big32(bytes, at + 4);
    if (length > 0x7fffffff) return Error(Errc::corrupt, "png: a chunk claims more than 2^31-1 bytes");
    if (size > bytes.size() - at) return truncated();
    const bool critical = (type & 0x20000000u) == 0;
    const bool keep = critical || type == tag("tRNS");
    if (type == tag("IDAT")) has_data = true;
    if (type == tag("eXIf")) scan.info.orientation = exif_orientation(bytes.subspan(at + 8, length));
    if (!critical) {
      metadata += size;
      if (auto error = check_metadata("png", metadata, limits)) return *error;
    }
    if (!keep) {
      if (at > kept_from) scan.kept.push_back(bytes.subspan(kept_from, at - kept_from));
      kept_from = at + size;
    }
    at += size;
    if (type == tag("IEND")) break;
  }
  if (at > kept_from) scan.kept.push_back(bytes.subspan(kept_from, at - kept_from));
  if (!has_data) return Error(Errc::corrupt, "png: the file has no IDAT chunk");
  return scan;
}

}  // namespace fovea::codec
