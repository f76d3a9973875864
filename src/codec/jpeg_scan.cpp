#include "codec/jpeg_scan.h"

#include <cstdio>
#include <string>

#include "codec/byte_order.h"
#include "codec/exif.h"

namespace fovea::codec {
namespace {

constexpr std::uint32_t soi = 0xd8, eoi = 0xd9, sos = 0xda, app0 = 0xe0, app1 = 0xe1, app15 = 0xef, com = 0xfe;

bool is_frame(std::uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
bool is_bare(std::uint32_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

std::string hex(std::uint32_t marker) {
  char text[8];
  std::snprintf(text, sizeof text, "ff%02x", marker);
  return text;
}

Error truncated(std::string_view where) {
  return Error(Errc::truncated, "jpeg: the file ends in " + std::string(where));
}

Result<ImageInfo> read_frame(ImageInfo info, Bytes segment, const Limits& limits) {
  if (segment.size() < 6) return Error(Errc::corrupt, "jpeg: the frame header is too short");
  info.bits = static_cast<int>(byte_at(segment, 0));
  info.channels = static_cast<int>(byte_at(segment, 5));
  if (big16(segment, 1) == 0)
    return Error(Errc::unsupported,
                 "jpeg: height 0 in the frame header (a DNL marker gives it later) is not supported");
  return check_size(info, big16(segment, 3), big16(segment, 1), limits);
}

// The scans of a progressive file from its first SOS marker on, counted up to one above `most`.
int count_scans(Bytes bytes, std::size_t at, int most) {
  int scans = 1;
  while (scans <= most && at < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at, 0xff, bytes.size() - at);
    if (!found) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data()) + 1;
    if (bytes.size() - at < 3) break;
    const std::uint32_t marker = byte_at(bytes, at);
    if (marker == eoi) break;
    if (marker == 0 || marker == 0xff || is_bare(marker)) continue;
    if (marker == sos) ++scans;
    at += 1 + big16(bytes, at + 1);
  }
  return scans;
}

}  // namespace

Result<ImageInfo> scan_jpeg(Bytes bytes, const Limits& limits) {
  ImageInfo info;
  info.format = "jpeg";
  std::uint64_t metadata = 0;
  bool framed = false, progressive = false;
  std::size_t at = 2;
  for (;;) {
    if (at >= bytes.size()) return truncated("its headers");
    if (byte_at(bytes, at) != 0xff)
      return Error(Errc::corrupt, "jpeg: expected a marker, got other bytes in the headers");
    while (at < bytes.size() && byte_at(bytes, at) == 0xff) ++at;
    if (at >= bytes.size()) return truncated("its headers");
    const std::uint32_t marker = byte_at(bytes, at++);
    if (is_bare(marker)) continue;
    if (marker == sos) {
      if (!framed) return Error(Errc::corrupt, "jpeg: a scan comes before the frame header");
      if (progressive && count_scans(bytes, at, limits.max_scans) > limits.max_scans)
        return Error(Errc::limit_scans, "jpeg: more than " + std::to_string(limits.max_scans) + " scans");
      return info;
    }
    if (marker == eoi) return Error(Errc::corrupt, "jpeg: the file has no scan");
    if (marker == soi || marker == 0) return Error(Errc::corrupt, "jpeg: unexpected marker " + hex(marker));
    if (bytes.size() - at < 2) return truncated("marker " + hex(marker));
    const std::size_t length = big16(bytes, at);
    if (length < 2)
      return Error(Errc::corrupt, "jpeg: marker " + hex(marker) + " has length " + std::to_string(length));
    if (length > bytes.size() - at) return truncated("marker " + hex(marker));
    const Bytes segment = bytes.subspan(at + 2, length - 2);
    at += length;
    if ((marker >= app0 && marker <= app15) || marker == com) {
      metadata += length;
      if (auto error = check_metadata("jpeg", metadata, limits)) return *error;
    }
    if (marker == app1 && segment.size() > 6 && std::memcmp(segment.data(), "Exif\0\0", 6) == 0)
      info.orientation = exif_orientation(segment);
    if (is_frame(marker)) {
      if (framed) return Error(Errc::corrupt, "jpeg: a second frame header");
      Result<ImageInfo> read = read_frame(info, segment, limits);
      if (!read) return read;
      info = read.value();
      framed = true;
      progressive = marker == 0xc2 || marker == 0xca;
    }
  }
}

}  // namespace fovea::codec
