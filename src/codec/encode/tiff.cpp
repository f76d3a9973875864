#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include "codec/byte_order.h"
#include "codec/encoder.h"

namespace fovea::codec {
namespace {

constexpr std::int64_t most_bytes = 4'200'000'000;  // leaves room for pixels that do not compress
constexpr std::int64_t strip_bytes = 64 << 10;      // before compression

// A file in memory that libtiff writes to. No exception crosses the library.
struct Target {
  std::vector<std::byte> bytes;
  std::uint64_t position = 0;
  bool out_of_memory = false;
  std::string message;

  static tmsize_t write(thandle_t self, void* source, tmsize_t size) {
    auto& target = *static_cast<Target*>(self);
    const std::uint64_t end = target.position + static_cast<std::uint64_t>(size);
    try {
      if (end > target.bytes.size()) target.bytes.resize(end);
    } catch (const std::bad_alloc&) {
      target.out_of_memory = true;
      return -1;
    }
    std::memcpy(target.bytes.data() + target.position, source, static_cast<std::size_t>(size));
    target.position = end;
    return size;
  }
  static tmsize_t read(thandle_t self, void* out, tmsize_t size) {
    auto& target = *static_cast<Target*>(self);
    if (target.position > target.bytes.size()) return 0;
    const std::uint64_t n =
        std::min<std::uint64_t>(target.bytes.size() - target.position, static_cast<std::uint64_t>(size));
    std::memcpy(out, target.bytes.data() + target.position, n);
    target.position += n;
    return static_cast<tmsize_t>(n);
  }
  static toff_t seek(thandle_t self, toff_t offset, int whence) {
    auto& target = *static_cast<Target*>(self);
    if (whence == SEEK_CUR) offset += target.position;
    if (whence == SEEK_END) offset += target.bytes.size();
    return target.position = offset;
  }
  static toff_t size(thandle_t self) { return static_cast<Target*>(self)->bytes.size(); }
  static int close(thandle_t) { return 0; }
  static int on_error(TIFF*, void* self, const char* module, const char* format, va_list arguments) {
    char text[256];
    std::vsnprintf(text, sizeof text, format, arguments);
    static_cast<Target*>(self)->message = std::string(module ? module : "") + ": " + text;
    return 1;
  }
  static int on_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }
};

using Handle = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Handle open(Target& target) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), Target::on_error, &target);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), Target::on_warning, &target);
  // "l": little-endian on every machine, so that the bytes are the same.
  return {TIFFClientOpenExt("tiff", "wl", &target, Target::read, Target::write, Target::seek, Target::close,
                            Target::size, nullptr, nullptr, options.get()),
          TIFFClose};
}

bool set_fields(TIFF* tiff, const Shape& shape, std::uint32_t rows) {
  const auto width = static_cast<std::uint32_t>(shape[1]), height = static_cast<std::uint32_t>(shape[0]);
  const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  return TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width) && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height) &&
         TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8) &&
         TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(shape[2])) &&
         TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, shape[2] == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB) &&
         (shape[2] != 4 || TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha)) &&
         TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
         TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE) &&
         TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
}

// libtiff takes differences in place, so it gets copies of the rows.
bool write_strips(TIFF* tiff, const Array& pixels, std::int64_t rows) {
  const std::int64_t height = pixels.shape()[0], row = pixels.shape()[1] * pixels.shape()[2];
  std::vector<std::uint8_t> strip(static_cast<std::size_t>(row * rows));
  for (std::int64_t y = 0; y < height; y += rows) {
    const std::int64_t size = std::min(rows, height - y) * row;
    std::memcpy(strip.data(), u8(pixels) + y * row, static_cast<std::size_t>(size));
    if (TIFFWriteEncodedStrip(tiff, static_cast<std::uint32_t>(y / rows), strip.data(), size) != size) return false;
  }
  return TIFFWriteDirectory(tiff) != 0;
}

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions&) {
  const Shape& shape = pixels.shape();
  const std::int64_t rows = std::clamp<std::int64_t>(strip_bytes / (shape[1] * shape[2]), 1, shape[0]);
  if (pixels.size() > most_bytes) refuse_size("tiff", pixels, "a file is less than 4 GiB");
  Target target;
  bool written = false;
  {
    const Handle tiff = open(target);
    written = tiff && set_fields(tiff.get(), shape, static_cast<std::uint32_t>(rows)) &&
              write_strips(tiff.get(), pixels, rows);
  }
  if (target.out_of_memory) throw std::bad_alloc();
  if (!written || !target.message.empty())
    throw Error(Errc::internal, "encode: tiff: " + (target.message.empty() ? "no reason given" : target.message));
  return std::move(target.bytes);
}

}  // namespace

Encoder tiff_encoder() {
  // Rows stay below 2^31 bytes, which is what libtiff counts with.
  return {"tiff", {".tif", ".tiff"}, true, std::numeric_limits<std::int32_t>::max() / 4, encode};
}

}  // namespace fovea::codec
