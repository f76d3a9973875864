#include "codec/jpeg/progressive.h"

#include <cstring>

#include "codec/byte_order.h"

namespace fovea::codec::jpeg {
namespace {

constexpr std::int8_t all_bits = -1;
constexpr int most_low = 13;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

// Rows and columns of blocks that the scans of this component alone have: those that show pixels.
struct Extent {
  int across, down;
};
Extent shown_blocks(const Frame& frame, const Component& component) {
  return {quotient_up(quotient_up(frame.width * component.h, frame.most_h), 8),
          quotient_up(quotient_up(frame.height * component.v, frame.most_v), 8)};
}

// Where the marker behind the scan's data is, or the end of the bytes.
std::size_t pass_over_scan(Bytes bytes, std::size_t from) {
  while (from < bytes.size()) {
    const void* const found = std::memchr(bytes.data() + from, 0xff, bytes.size() - from);
    if (!found) break;
    from = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
    if (bytes.size() - from < 2) break;
    const std::uint32_t next = byte_at(bytes, from + 1);
    if (next != 0 && (next & 0xf8) != 0xd0) return from;
    from += 2;
  }
  return bytes.size();
}

}  // namespace

bool ProgressiveDecoder::decode(Bytes bytes, Headers& headers, const std::array<Plane, 3>& planes,
                                const std::function<bool()>& stop) {
  planes_ = planes;
  stop_ = stop;
  for (auto& of_component : unknown_) of_component.fill(all_bits);
  for (;;) {
    if (!begin_scan(headers)) return false;
    const Scan& scan = headers.scan;
    const bool unread = scan.first > 0 && planes_[at(scan.parts[0].component)].dc_only;
    if (!unread && !decode_scan(bytes, headers)) return false;
    const std::size_t marker = unread ? pass_over_scan(bytes, headers.data) : segments_.marker();
    const Found found = read_segments(bytes, marker, headers);
    if (found == Found::end) return all_is_known(headers.frame);
    if (found != Found::scan) return false;
  }
}

// Whether the scan says what an earlier one has left unsaid, and only that.
bool ProgressiveDecoder::begin_scan(const Headers& h) {
  const Scan& scan = h.scan;
  if (scan.first > scan.last || scan.last > 63 || scan.low > most_low) return false;
  if (scan.high != 0 && scan.low != scan.high - 1) return false;
  if (scan.first == 0 ? scan.last != 0 : scan.count != 1) return false;
  for (int i = 0; i < scan.count; ++i) {
    auto& unknown = unknown_[at(scan.parts[at(i)].component)];
    if (scan.first > 0 && unknown[0] == all_bits) return false;
    for (int k = scan.first; k <= scan.last; ++k) {
      if (unknown[at(k)] != (scan.high ? scan.high : all_bits)) return false;
      unknown[at(k)] = static_cast<std::int8_t>(scan.low);
    }
  }
  return true;
}

bool ProgressiveDecoder::all_is_known(const Frame& frame) const {
  for (int c = 0; c < frame.count; ++c)
    for (const std::int8_t bits : unknown_[at(c)])
      if (bits != 0) return false;
  return true;
}

bool ProgressiveDecoder::decode_scan(Bytes bytes, const Headers& h) {
  segments_.begin(bytes, h.data, h.restart_interval);
  return (h.scan.first == 0 ? decode_dc(h) : decode_ac(h)) && segments_.used_up();
}

bool ProgressiveDecoder::decode_dc(const Headers& h) {
  const Scan& scan = h.scan;
  const bool alone = scan.count == 1;
  for (int i = 0; i < scan.count && !scan.high; ++i) {
    const HuffmanCode& code = h.dc[at(scan.parts[at(i)].dc)];
    if (!code.defined || !dc_[at(i)].set(code, true)) return false;
  }
  const Extent shown = shown_blocks(h.frame, h.frame.components[at(scan.parts[0].component)]);
  const int rows = alone ? shown.down : h.frame.mcus_down, across = alone ? shown.across : h.frame.mcus_across;
  for (int row = 0; row < rows; ++row) {
    DcBlocks mcu;
    mcu.low = scan.low;
    for (int i = 0; i < scan.count; ++i) {
      const int c = scan.parts[at(i)].component;
      const Component& component = h.frame.components[at(c)];
      const int size = planes_[at(c)].dc_only ? 1 : 64, wide = alone ? 1 : component.h, high = alone ? 1 : component.v;
      for (int v = 0; v < high; ++v)
        for (int x = 0; x < wide; ++x) {
          const std::size_t block = at(row * high + v) * at(component.blocks_across) + at(x);
          mcu.blocks[at(mcu.count++)] = {&dc_[at(i)], c, planes_[at(c)].blocks + block * at(size), wide * size};
        }
    }
    const bool good = segments_.read(across, [&](ScanState& state, const std::uint8_t* limit, int most) {
      return scan.high ? decode_dc_refine(mcu, state, limit, most) : decode_dc_first(mcu, state, limit, most);
    });
    if (!good || stopped()) return false;
  }
  return true;
}

bool ProgressiveDecoder::decode_ac(const Headers& h) {
  const Scan& scan = h.scan;
  const HuffmanCode& code = h.ac[at(scan.parts[0].ac)];
  if (!code.defined || !(scan.high ? ac_symbols_.set(code, false) : ac_pairs_.set(code))) return false;
  const int c = scan.parts[0].component;
  const Component& component = h.frame.components[at(c)];
  const Extent shown = shown_blocks(h.frame, component);
  for (int row = 0; row < shown.down; ++row) {
    std::int16_t* const blocks = planes_[at(c)].blocks + 64 * at(row) * at(component.blocks_across);
    Band band{scan.first, scan.last, scan.low, blocks};
    const bool good = segments_.read(shown.across, [&](ScanState& state, const std::uint8_t* limit, int most) {
      return scan.high ? decode_ac_refine(band, ac_symbols_, state, limit, most)
                       : decode_ac_first(band, ac_pairs_, state, limit, most);
    });
    if (!good || stopped()) return false;
  }
  return true;
}

}  // namespace fovea::codec::jpeg
