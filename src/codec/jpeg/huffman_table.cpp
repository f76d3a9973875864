#include "codec/jpeg/huffman_table.h"

#include <algorithm>
#include <bit>

namespace fovea::codec::jpeg {
namespace {

template <std::size_t count>
void set_words(const HuffmanCode& code, std::array<std::uint32_t, count>& out) {
  constexpr std::uint32_t bits = std::countr_zero(count);
  std::uint32_t* to = out.data();
  std::size_t next = 0;
  for (std::uint32_t length = 1; length <= bits; ++length)
    for (int i = 0; i < code.counts[length]; ++i)
      to = std::fill_n(to, 1u << (bits - length), length | std::uint32_t{code.symbols[next++]} << 8);
  std::fill(to, out.data() + out.size(), 0u);
}

}  // namespace

bool CanonicalCode::set(const HuffmanCode& code, bool dc) {
  int word = 0, place = 0;
  for (std::size_t length = 1; length <= 16; ++length) {
    const int count = code.counts[length];
    offset_[length] = place - word;
    word += count;
    place += count;
    most_[length] = (word << (16 - length)) - 1;
    if (count && word >= 1 << length) return false;
    word <<= 1;
  }
  symbols_ = code.symbols;
  return !dc || std::all_of(symbols_.begin(), symbols_.begin() + place, [](std::uint8_t size) { return size <= 15; });
}

int CanonicalCode::find(std::uint64_t bits) const {
  const int next = static_cast<int>(bits >> 48);
  int length = 1;
  for (std::size_t l = 1; l <= 16; ++l) length += next > most_[l];
  if (length == bad_code_length) return bad_code_length << 8;
  const int place = (next >> (16 - length)) + offset_[static_cast<std::size_t>(length)];
  return length << 8 | symbols_[static_cast<std::size_t>(place) & 255];
}

bool ComponentTables::set(const HuffmanCode& dc_code, const HuffmanCode& ac_code) {
  if (dc_source_ == dc_code && ac_source_ == ac_code) return true;
  dc_source_ = {};
  if (!dc.set(dc_code, true) || !ac.set(ac_code, false)) return false;
  alignas(64) Words<lookup_bits> dc_words, ac_words;
  set_words(dc_code, dc_words);
  set_words(ac_code, ac_words);
  set_lookups(dc_words, ac_words, first, rest);
  dc_source_ = dc_code;
  ac_source_ = ac_code;
  return true;
}

bool SymbolTable::set(const HuffmanCode& source, bool dc) {
  if (!code.set(source, dc)) return false;
  set_words(source, words);
  return true;
}

bool AcTable::set(const HuffmanCode& source) {
  if (!code.set(source, false)) return false;
  alignas(64) Words<lookup_bits> words;
  set_words(source, words);
  set_lookup(words, rest);
  return true;
}

void ComponentTables::set_skip() {
  if (skip_source_ == ac_source_) return;
  alignas(64) Words<skip_bits> words;
  set_words(ac_source_, words);
  set_skip_lookup(words, skip);
  skip_source_ = ac_source_;
}

}  // namespace fovea::codec::jpeg
