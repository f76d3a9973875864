#include "codec/tiff_kind.h"

#include <string>

namespace fovea::codec {
namespace {

Error unsupported(const std::string& what) {
  return Error(Errc::unsupported, "tiff: " + what + " is not supported");
}

std::uint16_t number(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : std::uint16_t{0};
}

// Whether the first surplus sample is alpha, and of which kind.
std::uint16_t first_extra(TIFF* tiff) {
  std::uint16_t count = 0, *kinds = nullptr;
  if (!TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) || count == 0 || !kinds)
    return EXTRASAMPLE_UNSPECIFIED;
  return kinds[0];
}

std::optional<Error> read_color(TiffFile& file, TiffKind& kind) {
  TIFF* tiff = file.get();
  std::uint16_t photometric = 0;
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric))
    return Error(Errc::corrupt, "tiff: the directory has no photometric interpretation");
  const std::uint16_t compression = number(tiff, TIFFTAG_COMPRESSION);
  int colors = 1;
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
      kind.inverted = true;
      break;
    case PHOTOMETRIC_MINISBLACK:
      break;
    case PHOTOMETRIC_PALETTE:
      kind.palette = true;
      kind.layout = Layout::rgb;
      if (kind.bits > 8) return unsupported("a palette with 16-bit indices");
      break;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG) return unsupported("YCbCr without JPEG compression");
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      [[fallthrough]];
    case PHOTOMETRIC_RGB:
      colors = 3;
      kind.layout = Layout::rgb;
      break;
    case PHOTOMETRIC_SEPARATED:
      if (number(tiff, TIFFTAG_INKSET) != INKSET_CMYK) return unsupported("an ink set other than CMYK");
      colors = 4;
      kind.layout = Layout::cmyk;
      break;
    default:
      return unsupported("photometric interpretation " + std::to_string(photometric));
  }
  if (kind.samples < colors)
    return Error(Errc::corrupt, "tiff: expected at least " + std::to_string(colors) + " samples a pixel, got " +
                                    std::to_string(kind.samples));
  if (kind.samples > colors && !kind.palette && kind.layout != Layout::cmyk) {
    const std::uint16_t extra = first_extra(tiff);
    kind.premultiplied = extra == EXTRASAMPLE_ASSOCALPHA;
    if (extra != EXTRASAMPLE_UNSPECIFIED) kind.layout = colors == 1 ? Layout::grey_alpha : Layout::rgba;
  }
  return std::nullopt;
}

}  // namespace

Result<TiffKind> read_tiff_kind(TiffFile& file, const Limits& limits) {
  TIFF* tiff = file.get();
  TiffKind kind;
  kind.info.format = "tiff";
  kind.bits = number(tiff, TIFFTAG_BITSPERSAMPLE);
  kind.samples = number(tiff, TIFFTAG_SAMPLESPERPIXEL);
  kind.planes = number(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && kind.samples > 1;
  const std::uint16_t format = number(tiff, TIFFTAG_SAMPLEFORMAT), compression = number(tiff, TIFFTAG_COMPRESSION);
  if (format == SAMPLEFORMAT_IEEEFP) return unsupported("a picture of floating-point samples");
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
    return unsupported("sample format " + std::to_string(format));
  if (!TIFFIsCODECConfigured(compression) || compression == COMPRESSION_OJPEG)
    return unsupported("compression " + std::to_string(compression));
  const bool packed = kind.bits == 1 || kind.bits == 2 || kind.bits == 4;
  if (kind.samples < 1 || kind.samples > 64) return unsupported(std::to_string(kind.samples) + " samples a pixel");
  if (!(kind.bits == 8 || kind.bits == 16 || (packed && kind.samples == 1)))
    return unsupported(std::to_string(kind.bits) + " bits a sample with " + std::to_string(kind.samples) +
                       " samples a pixel");
  if (auto error = read_color(file, kind)) return *error;

  std::uint32_t width = 0, height = 0;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height))
    return Error(Errc::corrupt, "tiff: the directory has no width or height");
  kind.info.channels = channels_of(kind.layout);
  kind.info.bits = kind.bits;
  const std::uint16_t orientation = number(tiff, TIFFTAG_ORIENTATION);
  kind.info.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  Result<ImageInfo> sized = check_size(kind.info, width, height, limits);
  if (!sized) return sized.error();
  kind.info = sized.value();
  return kind;
}

}  // namespace fovea::codec
