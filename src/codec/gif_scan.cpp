#include "codec/gif_scan.h"

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

constexpr std::uint32_t extension = 0x21, image = 0x2c, trailer = 0x3b, graphic_control = 0xf9;

std::size_t table_bytes(std::uint32_t flags) {
  return flags & 0x80u ? std::size_t{3} << ((flags & 7u) + 1u) : 0;
}

// The end of the sub-blocks that begin at `at`, or 0 when the file ends first.
std::size_t end_of_blocks(Bytes bytes, std::size_t at) {
  while (at < bytes.size()) {
    const std::size_t length = byte_at(bytes, at);
    at += length + 1;
    if (length == 0) return at;
  }
  return 0;
}

Error truncated() {
  return Error(Errc::truncated, "gif: the file ends before its trailer");
}

}  // namespace

Result<GifScan> scan_gif(Bytes bytes, const Limits& limits) {
  if (bytes.size() < 13) return truncated();
  GifScan scan;
  scan.info.format = "gif";
  scan.info.channels = 3;
  Result<ImageInfo> sized = check_size(scan.info, little16(bytes, 6), little16(bytes, 8), limits);
  if (!sized) return sized.error();
  scan.info = sized.value();
  const std::uint32_t flags = byte_at(bytes, 10);
  scan.has_colors = table_bytes(flags) > 0;

  std::size_t at = 13 + table_bytes(flags);
  std::uint64_t metadata = 0;
  bool has_frame = false;
  for (;;) {
    if (at >= bytes.size()) return truncated();
    const std::uint32_t kind = byte_at(bytes, at++);
    if (kind == trailer) break;
    std::size_t blocks = 0;
    if (kind == extension) {
      if (bytes.size() - at < 6) return truncated();
      if (!has_frame && byte_at(bytes, at) == graphic_control && byte_at(bytes, at + 1) >= 4 && bytes.size() - at >= 7)
        scan.transparent = byte_at(bytes, at + 2) & 1u ? static_cast<int>(byte_at(bytes, at + 5)) : -1;
      blocks = at + 1;
    } else if (kind == image) {
      if (bytes.size() - at < 10) return truncated();
      const std::uint32_t local = byte_at(bytes, at + 8);
      if (!has_frame && table_bytes(local) > 0) scan.has_colors = true;
      has_frame = true;
      blocks = at + 9 + table_bytes(local) + 1;
    } else {
      return Error(Errc::corrupt, "gif: expected an extension, an image or the trailer, got other bytes");
    }
    const std::size_t end = end_of_blocks(bytes, blocks);
    if (end == 0) return truncated();
    if (kind == extension) {
      metadata += end - at;
      if (auto error = check_metadata("gif", metadata, limits)) return *error;
    }
    at = end;
  }
  if (!has_frame) return Error(Errc::corrupt, "gif: the file has no image");
  if (scan.transparent >= 0) scan.info.channels = 4;
  return scan;
}

}  // namespace fovea::codec
