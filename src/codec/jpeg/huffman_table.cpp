#include "codec/jpeg/huffman_table.h"

#include <algorithm>

namespace fovea::codec::jpeg {
namespace {

// The first symbol of each value of lookup_bits bits; 0 for a longer code.
//   bits  0-7   length with the magnitude; 0: one that does not fit
//   bits  8-15  advance; when it does not fit, length of the code
//   bits 16-31  value; when it does not fit, the symbol
using Singles = std::array<std::uint32_t, 1 << lookup_bits>;

constexpr std::uint32_t most_ac_size = 6;  // of values of 7 bits

std::uint32_t ac_advance(std::uint32_t symbol) {
  if (symbol & 15) return (symbol >> 4) + 1;
  return symbol == 0xf0 ? 16 : end_advance;
}

void set_singles(const HuffmanCode& code, bool dc, Singles& out) {
  std::uint32_t* to = out.data();
  std::size_t next = 0;
  for (std::uint32_t length = 1; length <= lookup_bits; ++length)
    for (int i = 0; i < code.counts[length]; ++i) {
      const std::uint32_t symbol = code.symbols[next++], size = symbol & 15, advance = dc ? 1 : ac_advance(symbol);
      if (length + size > lookup_bits || (!dc && size > most_ac_size)) {
        to = std::fill_n(to, 1u << (lookup_bits - length), length << 8 | symbol << 16);
        continue;
      }
      const std::uint32_t repeats = 1u << (lookup_bits - length - size);
      for (std::uint32_t magnitude = 0; magnitude < 1u << size; ++magnitude) {
        const bool negative = size && !(magnitude >> (size - 1));
        const std::uint32_t value = (negative ? magnitude - (1u << size) + 1 : magnitude) & 0xffff;
        to = std::fill_n(to, repeats, (length + size) | advance << 8 | value << 16);
      }
    }
  std::fill(to, out.data() + out.size(), 0u);
}

std::uint32_t wide(std::uint32_t single, bool dc) {
  const std::uint32_t length = single >> 8 & 255, symbol = single >> 16, size = symbol & 15;
  return length | wide_advance << 6 | size << 13 | (dc ? 1 : (symbol >> 4) + 1) << 20;
}

void set_pairs(const Singles& firsts, const Singles& seconds, bool dc, Lookup& out) {
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const std::uint32_t first = firsts[i], length = first & 255, advance = first >> 8 & 255, value = first >> 16;
    if (!length) {
      out[i] = wide(first, dc);
      continue;
    }
    const std::uint32_t second = seconds[(i << length) & (out.size() - 1)], more = second & 255;
    const bool both = more && length + more <= lookup_bits && advance != end_advance;
    const std::uint32_t last = both ? second >> 16 : dc ? 0 : value;
    out[i] = (both ? length + more : length) | (both ? advance + (second >> 8 & 255) : advance) << 6 |
             (last & 127) << 13 | (dc ? value << 20 : (advance == end_advance ? 1 : advance) << 20 | value << 25);
  }
}

}  // namespace

bool CanonicalCode::set(const HuffmanCode& code, bool dc) {
  int word = 0, place = 0;
  for (std::size_t length = 1; length <= 16; ++length) {
    const int count = code.counts[length];
    offset_[length] = place - word;
    word += count;
    place += count;
    most_[length] = count ? word - 1 : -1;
    if (count && word >= 1 << length) return false;
    word <<= 1;
  }
  symbols_ = code.symbols;
  return !dc || std::all_of(symbols_.begin(), symbols_.begin() + place, [](std::uint8_t size) { return size <= 15; });
}

int CanonicalCode::find(std::uint64_t bits) const {
  for (std::size_t length = 1; length <= 16; ++length) {
    const int word = static_cast<int>(bits >> (64 - length));
    if (word <= most_[length])
      return static_cast<int>(length) << 8 | symbols_[static_cast<std::size_t>(word + offset_[length]) & 255];
  }
  return bad_code_length << 8;
}

bool ComponentTables::set(const HuffmanCode& dc_code, const HuffmanCode& ac_code) {
  if (dc_source == dc_code && ac_source == ac_code) return true;
  dc_source = {};
  if (!dc.set(dc_code, true) || !ac.set(ac_code, false)) return false;
  alignas(64) Singles dc_singles, ac_singles;
  set_singles(dc_code, true, dc_singles);
  set_singles(ac_code, false, ac_singles);
  set_pairs(dc_singles, ac_singles, true, first);
  set_pairs(ac_singles, ac_singles, false, rest);
  dc_source = dc_code;
  ac_source = ac_code;
  return true;
}

}  // namespace fovea::codec::jpeg
