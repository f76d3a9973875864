#include <vector>

#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/tiff_bands.h"

namespace fovea::codec {
namespace {

// Turns stored rows into rows of kind.layout, eight bits a sample.
class RowReader {
 public:
  static Result<RowReader> open(TIFF* tiff, const TiffKind& kind) {
    RowReader reader(kind);
    if (kind.palette) {
      std::uint16_t* maps[3] = {};
      if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2]))
        return Error(Errc::corrupt, "tiff: a palette picture without a color map");
      reader.palette_.resize(std::size_t{3} << kind.bits);
      for (std::size_t i = 0; i < reader.palette_.size(); ++i)
        reader.palette_[i] = static_cast<std::uint8_t>(maps[i % 3][i / 3] >> 8);
    }
    return reader;
  }

  const std::uint8_t* operator()(const std::uint8_t* stored) {
    const std::size_t all = width_ * static_cast<std::size_t>(kind_->samples);
    if (kind_->bits == 16) {
      std::memcpy(wide_.data(), stored, all * 2);
      narrow_row(wide_.data(), samples_.data(), all);
    } else if (kind_->bits == 8) {
      std::memcpy(samples_.data(), stored, all);
    } else {
      unpack_row(stored, kind_->bits, samples_.data(), all);
      if (!kind_->palette) {
        const auto scale = static_cast<unsigned>(255 / ((1 << kind_->bits) - 1));
        for (std::size_t i = 0; i < all; ++i) samples_[i] = static_cast<std::uint8_t>(samples_[i] * scale);
      }
    }
    pick();
    return row_.data();
  }

 private:
  explicit RowReader(const TiffKind& kind) : kind_(&kind), width_(static_cast<std::size_t>(kind.info.width)) {
    const std::size_t all = width_ * static_cast<std::size_t>(kind.samples);
    samples_.resize(all);
    if (kind.bits == 16) wide_.resize(all);
    row_.resize(width_ * 4);
  }

  // Drops surplus samples, looks up the palette, inverts, and divides alpha out again as Pillow does.
  void pick() {
    const auto stored = static_cast<std::size_t>(kind_->samples),
               wanted = static_cast<std::size_t>(channels_of(kind_->layout));
    for (std::size_t x = 0; x < width_; ++x) {
      const std::uint8_t* in = &samples_[x * stored];
      std::uint8_t* out = &row_[x * wanted];
      if (kind_->palette) {
        std::memcpy(out, &palette_[in[0] * std::size_t{3}], 3);
        continue;
      }
      std::memcpy(out, in, wanted);
      if (kind_->inverted) out[0] = static_cast<std::uint8_t>(255 - out[0]);
      if (kind_->premultiplied) {
        const unsigned alpha = out[wanted - 1];
        for (std::size_t c = 0; c + 1 < wanted; ++c)
          out[c] = static_cast<std::uint8_t>(alpha == 0 ? 0u : std::min(255u, out[c] * 255u / alpha));
      }
    }
  }

  const TiffKind* kind_;
  std::size_t width_;
  std::vector<std::uint8_t> palette_, samples_, row_;
  std::vector<std::uint16_t> wide_;
};

bool matches(Bytes bytes) {
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (begins_like(bytes, magic) && bytes.size() > 2) return true;
  return false;
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  TiffFile file(bytes, limits);
  if (!file) return file.error();
  const Result<TiffKind> kind = read_tiff_kind(file, limits);
  if (!kind) return kind.error();
  return kind.value().info;
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  TiffFile file(bytes, options.limits);
  if (!file) return file.error();
  const Result<TiffKind> kind = read_tiff_kind(file, options.limits);
  if (!kind) return kind.error();
  Result<RowReader> reader = RowReader::open(file.get(), kind.value());
  if (!reader) return reader.error();
  Result<TiffBands> bands = TiffBands::open(file, bytes, kind.value(), options, admission);
  if (!bands) return bands.error();

  const Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  const auto width = static_cast<std::size_t>(info.width);
  for (std::int64_t y = 0; y < info.height; ++y) {
    const std::int64_t in_band = y % bands.value().rows();
    if (in_band == 0) {
      if (auto error = bands.value().read(y)) return *error;
    }
    convert_row(reader.value()(bands.value().row(in_band)), kind.value().layout,
                u8(pixels) + static_cast<std::size_t>(y * options.channels) * width, width,
                {options.channels, options.background});
  }
  return pixels;
}

}  // namespace

Codec tiff_codec() {
  return {"tiff", matches, probe, decode};
}

}  // namespace fovea::codec
