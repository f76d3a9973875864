#include <gif_lib.h>

#include <memory>
#include <string>
#include <vector>

#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/gif_scan.h"
#include "codec/pixels.h"

namespace fovea::codec {
namespace {

int read_bytes(GifFileType* gif, GifByteType* target, int length) {
  auto* rest = static_cast<Bytes*>(gif->UserData);
  const std::size_t n = std::min(rest->size(), static_cast<std::size_t>(std::max(length, 0)));
  std::memcpy(target, rest->data(), n);
  *rest = rest->subspan(n);
  return static_cast<int>(n);
}

struct Closer {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

Error failure(int code) {
  const char* text = GifErrorString(code);
  const std::string message = std::string("gif: ") + (text ? text : "the library reports no reason");
  if (code == D_GIF_ERR_NOT_ENOUGH_MEM) return Error(Errc::out_of_memory, message);
  if (code == D_GIF_ERR_EOF_TOO_SOON || code == D_GIF_ERR_READ_FAILED) return Error(Errc::truncated, message);
  return Error(Errc::corrupt, message);
}

struct Palette {
  std::uint8_t rgba[256][4];
};

Palette palette_of(const ColorMapObject* map, int transparent) {
  Palette palette{};
  for (int i = 0; i < 256; ++i) {
    std::uint8_t* entry = palette.rgba[i];
    entry[3] = i == transparent ? 0 : 255;
    if (!map) {
      entry[0] = entry[1] = entry[2] = static_cast<std::uint8_t>(i);
    } else if (i < map->ColorCount) {
      entry[0] = map->Colors[i].Red;
      entry[1] = map->Colors[i].Green;
      entry[2] = map->Colors[i].Blue;
    }
  }
  return palette;
}

// Moves to the first image. 0, or giflib's error.
int find_image(GifFileType* gif) {
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &type) != GIF_OK) return gif->Error;
    if (type == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) == GIF_OK ? 0 : gif->Error;
    if (type != EXTENSION_RECORD_TYPE) return D_GIF_ERR_NO_IMAG_DSCR;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) return gif->Error;
    while (block)
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return gif->Error;
  }
}

bool matches(Bytes bytes) {
  return begins_like(bytes, "GIF87a") || begins_like(bytes, "GIF89a");
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  const Result<GifScan> scan = scan_gif(bytes, limits);
  if (!scan) return scan.error();
  return scan.value().info;
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  const Result<GifScan> scan = scan_gif(bytes, options.limits);
  if (!scan) return scan.error();
  Bytes rest = bytes;
  int code = 0;
  const std::unique_ptr<GifFileType, Closer> gif(DGifOpen(&rest, read_bytes, &code));
  if (!gif) return failure(code);
  code = find_image(gif.get());
  if (code) return failure(code);
  const GifImageDesc& frame = gif->Image;
  if (frame.Width <= 0 || frame.Height <= 0) return Error(Errc::corrupt, "gif: the first frame has no area");
  if (frame.Left < 0 || frame.Top < 0 || frame.Width > info.width - frame.Left ||
      frame.Height > info.height - frame.Top)
    return Error(Errc::corrupt, "gif: the first frame lies outside the canvas");

  const int transparent = scan.value().transparent;
  const Palette palette = palette_of(frame.ColorMap ? frame.ColorMap : gif->SColorMap, transparent);
  const Target target{options.channels, options.background};
  const auto width = static_cast<std::size_t>(info.width), channels = static_cast<std::size_t>(options.channels);
  if (auto error = admission.ask(info, picture_bytes(info.height, info.width, options.channels))) return *error;
  Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  std::vector<std::uint8_t> colors(width * 4), indices(width);
  const bool whole = frame.Width == info.width && frame.Height == info.height;
  for (std::size_t x = 0; x < width && !whole; ++x)
    std::memcpy(&colors[x * 4], palette.rgba[std::max(transparent, 0)], 4);
  for (std::size_t y = 0; y < static_cast<std::size_t>(info.height) && !whole; ++y)
    convert_row(colors.data(), Layout::rgba, u8(pixels) + y * width * channels, width, target);

  struct Pass {
    int first, step;
  };
  constexpr Pass interlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}, straight[] = {{0, 1}};
  const auto frame_width = static_cast<std::size_t>(frame.Width);
  for (const Pass& pass : frame.Interlace ? std::span<const Pass>(interlaced) : std::span<const Pass>(straight)) {
    for (int y = pass.first; y < frame.Height; y += pass.step) {
      if (stopped(options)) return timed_out("gif");
      if (DGifGetLine(gif.get(), indices.data(), frame.Width) != GIF_OK) return failure(gif->Error);
      for (std::size_t x = 0; x < frame_width; ++x) std::memcpy(&colors[x * 4], palette.rgba[indices[x]], 4);
      const std::size_t at = static_cast<std::size_t>(frame.Top + y) * width + static_cast<std::size_t>(frame.Left);
      convert_row(colors.data(), Layout::rgba, u8(pixels) + at * channels, frame_width, target);
    }
  }
  return pixels;
}

}  // namespace

Codec gif_codec() {
  return {"gif", matches, probe, decode};
}

}  // namespace fovea::codec
