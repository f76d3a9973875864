#include "codec/sniff.h"

#include <cctype>
#include <cstdio>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

struct Kind {
  std::size_t offset;
  std::string_view magic, what;
};
constexpr Kind kinds[] = {
    {0, "%PDF-", "a PDF document"},          {0, "PK\3\4", "a ZIP archive"},
    {0, "\x1f\x8b", "a gzip file"},          {4, "ftypavif", "an AVIF picture"},
    {4, "ftypheic", "a HEIC picture"},       {4, "ftypheix", "a HEIC picture"},
    {4, "ftypmif1", "a HEIF picture"},       {4, "ftyp", "an MP4 family file"},
    {4, "JXL \r\n\x87\n", "a JPEG XL file"}, {0, "\xff\x0a", "a JPEG XL picture"},
    {4, "jP  \r\n", "a JPEG 2000 file"},     {0, "\xff\x4f\xff\x51", "a JPEG 2000 picture"},
    {0, "8BPS", "a Photoshop file"},         {0, "\x76\x2f\x31\x01", "an OpenEXR picture"},
};

std::string lower_head(Bytes bytes) {
  std::string text;
  for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 256))) {
    const int c = std::to_integer<int>(b);
    if (text.empty() && (std::isspace(c) || c == 0xef || c == 0xbb || c == 0xbf)) continue;
    text += static_cast<char>(c < 128 ? std::tolower(c) : c);
  }
  return text;
}

bool is_text(Bytes bytes) {
  for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 256))) {
    const int c = std::to_integer<int>(b);
    if (c >= 127 || (c < 32 && c != '\n' && c != '\r' && c != '\t')) return false;
  }
  return true;
}

}  // namespace

const Codec* find_codec(Bytes bytes) {
  for (const Codec& codec : registry())
    if (codec.matches(bytes)) return &codec;
  return nullptr;
}

std::string describe_unknown(Bytes bytes) {
  for (const Kind& kind : kinds)
    if (bytes.size() >= kind.offset + kind.magic.size() &&
        std::memcmp(bytes.data() + kind.offset, kind.magic.data(), kind.magic.size()) == 0)
      return "this looks like " + std::string(kind.what);
  const std::string head = lower_head(bytes);
  if (head.starts_with("<svg")) return "this looks like an SVG drawing";
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body"})
    if (head.starts_with(tag)) return "this looks like HTML";
  if (head.starts_with("<?xml")) return "this looks like XML";
  if (is_text(bytes)) return "this looks like text";
  std::string hex = "it begins with";
  for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 4))) {
    char digits[4];
    std::snprintf(digits, sizeof digits, " %02x", std::to_integer<unsigned>(b));
    hex += digits;
  }
  return hex;
}

}  // namespace fovea::codec
