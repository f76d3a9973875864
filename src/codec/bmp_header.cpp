#include "codec/bmp_header.h"

#include <bit>
#include <string>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

constexpr std::size_t file_header = 14, os2_header = 12, windows_header = 40;
constexpr std::uint32_t raw = 0, rle8 = 1, rle4 = 2, bit_fields = 3, alpha_bit_fields = 6;

Error corrupt(const std::string& what) {
  return Error(Errc::corrupt, "bmp: " + what);
}
Error truncated() {
  return Error(Errc::truncated, "bmp: the file ends in its headers");
}

struct Fields {
  std::size_t size = 0;  // of the information header
  std::int64_t width = 0, height = 0;
  std::uint32_t bits = 0, compression = raw, colors = 0;
};

Result<Fields> read_fields(Bytes bytes) {
  if (bytes.size() < file_header + 4) return truncated();
  Fields fields;
  fields.size = little32(bytes, file_header);
  if (fields.size != os2_header && fields.size != 16 && (fields.size < windows_header || fields.size > 124))
    return corrupt("expected an information header of 12, 16 or 40 to 124 bytes, got " + std::to_string(fields.size));
  if (bytes.size() < file_header + fields.size) return truncated();
  const Bytes b = bytes.subspan(file_header, fields.size);
  if (fields.size == os2_header) {
    fields.width = little16(b, 4);
    fields.height = little16(b, 6);
    fields.bits = little16(b, 10);
    return fields;
  }
  fields.width = static_cast<std::int32_t>(little32(b, 4));
  fields.height = static_cast<std::int32_t>(little32(b, 8));
  fields.bits = little16(b, 14);
  if (fields.size < windows_header) return fields;
  fields.compression = little32(b, 16);
  fields.colors = little32(b, 32);
  return fields;
}

bool is_run_of_bits(std::uint32_t mask) {
  if (mask == 0) return true;
  const std::uint32_t low = mask >> std::countr_zero(mask);
  return (low & (low + 1)) == 0;
}

Result<BmpHeader::Coding> coding_of(const Fields& fields) {
  using Coding = BmpHeader::Coding;
  const std::uint32_t bits = fields.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
    return corrupt("expected 1, 4, 8, 16, 24 or 32 bits a pixel, got " + std::to_string(bits));
  if (fields.size == 64 && fields.compression > rle4)
    return Error(Errc::unsupported, "bmp: OS/2 Huffman and RLE24 compression are not supported");
  if (fields.compression == 4 || fields.compression == 5)
    return Error(Errc::unsupported, "bmp: a JPEG or PNG inside is not supported");
  if (fields.compression == raw) return bits <= 8 ? Coding::palette : bits == 24 ? Coding::bgr : Coding::fields;
  if (fields.compression == rle8 && bits == 8) return Coding::rle8;
  if (fields.compression == rle4 && bits == 4) return Coding::rle4;
  const bool masked = fields.compression == bit_fields || fields.compression == alpha_bit_fields;
  if (masked && (bits == 16 || bits == 32)) return Coding::fields;
  return corrupt("compression " + std::to_string(fields.compression) + " with " + std::to_string(bits) +
                 " bits a pixel is no BMP kind");
}

// Masks of the header, or behind it. `end` moves past those behind.
Result<std::array<std::uint32_t, 4>> read_masks(Bytes bytes, const Fields& fields, std::size_t& end) {
  using Masks = std::array<std::uint32_t, 4>;
  if (fields.compression == raw)
    return fields.bits == 16 ? Masks{0x7c00, 0x3e0, 0x1f, 0} : Masks{0xff0000, 0xff00, 0xff, 0};
  const std::size_t begin = file_header + windows_header;
  const std::size_t count = fields.size >= 56 || fields.compression == alpha_bit_fields ? 4 : 3;
  end = std::max(end, begin + 4 * count);
  if (end > bytes.size()) return truncated();
  Masks masks{};
  for (std::size_t i = 0; i < count; ++i) {
    masks[i] = little32(bytes, begin + 4 * i);
    if (!is_run_of_bits(masks[i]) || (fields.bits == 16 && masks[i] > 0xffff))
      return corrupt("a channel mask is not one run of bits inside the pixel");
  }
  if (masks == Masks{}) return Masks{0xff0000, 0xff00, 0xff, 0xff000000};
  return masks;
}

}  // namespace

Result<BmpHeader> read_bmp_header(Bytes bytes, const Limits& limits) {
  const Result<Fields> read = read_fields(bytes);
  if (!read) return read.error();
  const Fields& fields = read.value();
  const Result<BmpHeader::Coding> coding = coding_of(fields);
  if (!coding) return coding.error();
  if (fields.width <= 0 || fields.height == 0)
    return corrupt("expected a width above 0 and a height that is not 0, got " + std::to_string(fields.width) + "x" +
                   std::to_string(fields.height));
  BmpHeader header;
  header.coding = coding.value();
  header.bits = static_cast<int>(fields.bits);
  header.top_down = fields.height < 0;
  const bool runs = header.coding == BmpHeader::Coding::rle4 || header.coding == BmpHeader::Coding::rle8;
  if (runs && header.top_down) return corrupt("a run-length picture must be stored bottom-up");

  std::size_t end = file_header + fields.size;
  if (header.coding == BmpHeader::Coding::fields) {
    const auto masks = read_masks(bytes, fields, end);
    if (!masks) return masks.error();
    header.masks = masks.value();
  }
  header.info.format = "bmp";
  header.info.channels = header.masks[3] ? 4 : 3;
  header.info.bits = std::min(header.bits, 8);
  const std::int64_t height = header.top_down ? -fields.height : fields.height;
  Result<ImageInfo> sized =
      check_size(header.info, static_cast<std::uint64_t>(fields.width), static_cast<std::uint64_t>(height), limits);
  if (!sized) return sized.error();
  header.info = sized.value();

  const std::size_t offset = little32(bytes, 10);
  if (offset != 0 && offset < end) return corrupt("the pixels begin inside the headers");
  const std::size_t entry = fields.size == os2_header ? 3 : 4, most = std::size_t{1} << std::min(header.bits, 8);
  if (header.bits <= 8) {
    std::size_t colors = fields.colors == 0 ? most : fields.colors;
    if (colors > most)
      return corrupt("expected at most " + std::to_string(most) + " colors, got " + std::to_string(colors));
    if (offset != 0) colors = std::min(colors, (offset - end) / entry);
    if (colors * entry > bytes.size() - end) return truncated();
    for (auto& color : header.palette) color[3] = 255;
    for (std::size_t i = 0; i < colors; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        header.palette[i][c] = static_cast<std::uint8_t>(byte_at(bytes, end + i * entry + 2 - c));
    end += colors * entry;
  }
  header.data = offset ? offset : end;
  return header;
}

}  // namespace fovea::codec
