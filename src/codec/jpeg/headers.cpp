#include "codec/jpeg/headers.h"

#include "codec/byte_order.h"

namespace fovea::codec::jpeg {
namespace {

enum Marker : std::uint32_t {
  sof0 = 0xc0,
  sof1 = 0xc1,
  sof2 = 0xc2,
  dht = 0xc4,
  eoi = 0xd9,
  sos = 0xda,
  dqt = 0xdb,
  dri = 0xdd,
  app0 = 0xe0,
  app14 = 0xee,
  app15 = 0xef,
  com = 0xfe
};

constexpr int most_pixels_a_side = 65500;  // libjpeg's JPEG_MAX_DIMENSION

bool read_quantization(Bytes segment, Headers& h) {
  for (std::size_t at = 0; at < segment.size();) {
    const std::uint32_t wide = byte_at(segment, at) >> 4, table = byte_at(segment, at) & 15;
    ++at;
    if (wide > 1 || table > 3 || segment.size() - at < 64 * (1 + wide)) return false;
    for (const std::uint8_t place : natural_order) {
      h.quantization[table][place] = static_cast<std::uint16_t>(wide ? big16(segment, at) : byte_at(segment, at));
      at += 1 + wide;
    }
    h.quantization_defined |= 1u << table;
  }
  return true;
}

bool read_codes(Bytes segment, Headers& h) {
  for (std::size_t at = 0; at < segment.size();) {
    if (segment.size() - at < 17) return false;
    const std::uint32_t kind = byte_at(segment, at) >> 4, table = byte_at(segment, at) & 15;
    if (kind > 1 || table > 3) return false;
    HuffmanCode code;
    code.defined = true;
    std::size_t count = 0;
    for (std::size_t length = 1; length <= 16; ++length) {
      code.counts[length] = static_cast<std::uint8_t>(byte_at(segment, at + length));
      count += code.counts[length];
    }
    at += 17;
    if (count > 256 || count > segment.size() - at) return false;
    for (std::size_t i = 0; i < count; ++i) code.symbols[i] = static_cast<std::uint8_t>(byte_at(segment, at + i));
    at += count;
    (kind == 0 ? h.dc : h.ac)[table] = code;
  }
  return true;
}

bool sampling_is_ours(const Frame& frame) {
  const auto& [first, second, third] = frame.components;
  return first.h >= 1 && first.h <= 2 && first.v >= 1 && first.v <= 2 && second.h == 1 && second.v == 1 &&
         third.h == 1 && third.v == 1;
}

bool read_frame(Bytes segment, bool progressive, Headers& h) {
  Frame& frame = h.frame;
  if (frame.count || segment.size() < 6 || byte_at(segment, 0) != 8) return false;
  frame.height = static_cast<int>(big16(segment, 1));
  frame.width = static_cast<int>(big16(segment, 3));
  const auto count = byte_at(segment, 5);
  if (frame.height < 1 || frame.width < 1 || frame.height > most_pixels_a_side || frame.width > most_pixels_a_side ||
      (count != 1 && count != 3) || segment.size() != 6 + 3 * count)
    return false;
  frame.count = static_cast<int>(count);
  frame.progressive = progressive;
  for (std::size_t c = 0; c < count; ++c) {
    Component& component = frame.components[c];
    component.id = static_cast<int>(byte_at(segment, 6 + 3 * c));
    component.h = static_cast<int>(byte_at(segment, 7 + 3 * c) >> 4);
    component.v = static_cast<int>(byte_at(segment, 7 + 3 * c) & 15);
    h.quantization_of[c] = static_cast<int>(byte_at(segment, 8 + 3 * c));
    if (h.quantization_of[c] > 3) return false;
    for (std::size_t other = 0; other < c; ++other)
      if (frame.components[other].id == component.id) return false;
  }
  if (count == 1) {
    Component& only = frame.components[0];
    if (only.h < 1 || only.h > 4 || only.v < 1 || only.v > 4) return false;
    only.h = only.v = 1;  // a scan of one component goes block by block, whatever its sampling factors are
  } else if (!sampling_is_ours(frame)) {
    return false;
  }
  frame.most_h = frame.components[0].h;
  frame.most_v = frame.components[0].v;
  frame.mcus_across = quotient_up(frame.width, 8 * frame.most_h);
  frame.mcus_down = quotient_up(frame.height, 8 * frame.most_v);
  for (std::size_t c = 0; c < count; ++c) {
    Component& component = frame.components[c];
    component.blocks_across = frame.mcus_across * component.h;
    component.blocks_down = frame.mcus_down * component.v;
  }
  return true;
}

// As libjpeg's default_decompress_parms() has it.
Colour colour_of(const Headers& h) {
  if (h.frame.count == 1) return Colour::grey;
  if (h.jfif) return Colour::ycc;
  if (h.adobe_transform >= 0) return h.adobe_transform == 0 ? Colour::rgb : Colour::ycc;
  const auto& [first, second, third] = h.frame.components;
  return first.id == 'R' && second.id == 'G' && third.id == 'B' ? Colour::rgb : Colour::ycc;
}

bool read_application(std::uint32_t marker, Bytes segment, Headers& h) {
  if (h.scanned && (marker == app0 || marker == app14)) return false;  // these say what the first scan's pixels mean
  if (marker == app0 && segment.size() >= 14 && std::memcmp(segment.data(), "JFIF", 5) == 0) {
    h.jfif = true;
    return byte_at(segment, 5) == 1;
  }
  if (marker == app14 && segment.size() >= 12 && std::memcmp(segment.data(), "Adobe", 5) == 0)
    h.adobe_transform = static_cast<int>(byte_at(segment, 11));
  return true;
}

bool read_scan(Bytes segment, Headers& h) {
  if (!h.frame.count || segment.empty()) return false;
  const std::size_t count = byte_at(segment, 0);
  if (count < 1 || count > static_cast<std::size_t>(h.frame.count) || segment.size() != 4 + 2 * count) return false;
  Scan& scan = h.scan;
  scan.count = static_cast<int>(count);
  int before = -1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = static_cast<int>(byte_at(segment, 1 + 2 * i));
    Scan::Part& part = scan.parts[i];
    part.component = 0;
    while (part.component < h.frame.count && h.frame.components[static_cast<std::size_t>(part.component)].id != id)
      ++part.component;
    if (part.component == h.frame.count || part.component <= before) return false;
    before = part.component;
    part.dc = static_cast<int>(byte_at(segment, 2 + 2 * i) >> 4);
    part.ac = static_cast<int>(byte_at(segment, 2 + 2 * i) & 15);
    if (part.dc > 3 || part.ac > 3) return false;
    const auto c = static_cast<std::size_t>(part.component);
    if (h.scanned >> c & 1) continue;
    const auto table = static_cast<std::size_t>(h.quantization_of[c]);
    if (!(h.quantization_defined >> table & 1)) return false;
    h.frame.components[c].quantization = h.quantization[table];
    h.scanned |= 1u << c;
  }
  scan.first = static_cast<int>(byte_at(segment, 1 + 2 * count));
  scan.last = static_cast<int>(byte_at(segment, 2 + 2 * count));
  scan.high = static_cast<int>(byte_at(segment, 3 + 2 * count) >> 4);
  scan.low = static_cast<int>(byte_at(segment, 3 + 2 * count) & 15);
  return true;
}

// A file whose Adobe marker names a transform that does not exist makes libjpeg warn, unless a JFIF marker overrules
// it.
bool colour_is_plain(const Headers& h) {
  return h.frame.count == 1 || h.jfif || h.adobe_transform <= 1;
}

}  // namespace

Found read_segments(Bytes bytes, std::size_t at, Headers& h) {
  for (;;) {
    if (at >= bytes.size() || byte_at(bytes, at) != 0xff) return Found::not_ours;
    while (at < bytes.size() && byte_at(bytes, at) == 0xff) ++at;
    if (at >= bytes.size()) return Found::not_ours;
    const std::uint32_t marker = byte_at(bytes, at++);
    if (marker == eoi) return h.scanned ? Found::end : Found::not_ours;
    if (bytes.size() - at < 2) return Found::not_ours;
    const std::size_t length = big16(bytes, at);
    if (length < 2 || length > bytes.size() - at) return Found::not_ours;
    const Bytes segment = bytes.subspan(at + 2, length - 2);
    at += length;
    bool good = false;
    if (marker == dqt)
      good = read_quantization(segment, h);
    else if (marker == dht)
      good = read_codes(segment, h);
    else if (marker == sof0 || marker == sof1 || marker == sof2)
      good = read_frame(segment, marker == sof2, h);
    else if (marker == dri)
      good = segment.size() == 2;
    else if (marker == sos)
      good = read_scan(segment, h);
    else if (marker >= app0 && marker <= app15)
      good = read_application(marker, segment, h);
    else
      good = marker == com;
    if (!good) return Found::not_ours;
    if (marker == dri) h.restart_interval = static_cast<int>(big16(segment, 0));
    if (marker != sos) continue;
    if (!colour_is_plain(h)) return Found::not_ours;
    h.frame.colour = colour_of(h);
    if (h.frame.colour == Colour::rgb && (h.frame.most_h != 1 || h.frame.most_v != 1)) return Found::not_ours;
    h.data = at;
    return Found::scan;
  }
}

}  // namespace fovea::codec::jpeg
