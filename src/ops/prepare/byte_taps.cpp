#include "ops/prepare/byte_taps.h"

#include <algorithm>
#include <cstring>

namespace fovea::ops {
namespace {

constexpr Index word = 4;  // taps
constexpr Index lanes = 16;
constexpr Index window_bytes = 64;
// Vector operations of a step of a row: three products, and a permutation a window.
constexpr std::size_t step_cost(int windows) {
  return 3 + static_cast<std::size_t>(windows);
}

Index first_of(const Taps& taps, Index place) {
  return taps.first[static_cast<std::size_t>(place)];
}
Index count_of(const Taps& taps, Index place) {
  return taps.count[static_cast<std::size_t>(place)];
}
Index places_of(const Taps& taps) {
  return static_cast<Index>(taps.first.size());
}
Index most_of(const Taps& taps) {
  return *std::max_element(taps.count.begin(), taps.count.end());
}

using DigitWords = std::array<std::uint32_t, 3>;

// The digits of up to four coefficients, each in its byte from byte `at` on.
DigitWords digit_words(const std::int32_t* k, Index count, Index at) {
  DigitWords words{};
  for (Index t = 0; t < count; ++t) {
    const auto digit = digits_of(k[t]);
    for (std::size_t d = 0; d < 3; ++d) words[d] |= std::uint32_t{static_cast<std::uint8_t>(digit[d])} << 8 * (at + t);
  }
  return words;
}

void put(std::uint8_t* to, std::uint32_t value) {
  std::memcpy(to, &value, sizeof value);
}

bool may_overflow(const Taps& taps) {
  for (Index o = 0; o < places_of(taps); ++o) {
    const std::int32_t* k = &taps.fixed[static_cast<std::size_t>(o * taps.most)];
    std::int64_t sum = 0;
    for (Index t = 0; t < count_of(taps, o); ++t) {
      if (k[t] < 0) return true;
      sum += k[t];
    }
    if (sum * 255 + (1 << (Taps::fixed_bits - 1)) >= std::int64_t{256} << Taps::fixed_bits) return true;
  }
  return false;
}

}  // namespace

// Groups of as many places as their windows allow, at most `most`.
std::vector<AcrossTaps::Group> AcrossTaps::cut(const Taps& taps, int most_windows, Index most) const {
  std::vector<Group> cuts;
  for (Index o = 0; o < places_of(taps);) {
    Group group{o, {first_of(taps, o) * channels, first_of(taps, o) * channels}, 0};
    for (int w = 0; w < most_windows; ++w) {
      if (o == places_of(taps) || o == group.first + most) break;
      const Index from = first_of(taps, o);
      if (w > 0) group.window[w] = from * channels;
      for (; o < places_of(taps) && o < group.first + most; ++o) {
        if ((first_of(taps, o) - from + word) * channels > window_bytes) break;
        for (Index c = 0; c < channels && w > 0; ++c)
          group.second |= std::uint64_t{0xf} << ((c * most + o - group.first) * word);
      }
    }
    cuts.push_back(group);
  }
  return cuts;
}

AcrossTaps::AcrossTaps(const Taps& taps, Index pixel_bytes)
    : channels(pixel_bytes),
      places(lanes / pixel_bytes),
      steps((most_of(taps) + word - 1) / word),
      windows(1),
      clamp(may_overflow(taps)),
      groups(cut(taps, 1, places)) {
  const auto all = static_cast<std::size_t>(places_of(taps));
  if (groups.size() > (all + 4) / static_cast<std::size_t>(places)) {
    std::vector<Group> two = cut(taps, 2, places);
    if (two.size() * step_cost(2) < groups.size() * step_cost(1)) {
      groups = std::move(two);
      windows = 2;
    }
    if (channels > 1 && groups.size() * 4 >= all) {
      std::vector<Group> of_four = cut(taps, windows, 4);
      if (of_four.size() <= groups.size()) {
        groups = std::move(of_four);
        places = 4;
      }
    }
  }
  digit_bytes = places == 4 ? 16 : 64;
  picks.resize(groups.size());
  digits.resize((groups.size() * static_cast<std::size_t>(3 * steps * digit_bytes) + sizeof(ByteLine) - 1) /
                sizeof(ByteLine));
  for (std::size_t g = 0; g < groups.size(); ++g) fill(taps, g);
}

void AcrossTaps::fill(const Taps& taps, std::size_t g) {
  const Group& group = groups[g];
  const Index end = g + 1 < groups.size() ? groups[g + 1].first : places_of(taps);
  for (const Index offset : group.window)
    reach = std::max(reach, offset + (steps - 1) * word * channels + window_bytes);
  std::uint8_t* lines = digits.data()->byte + static_cast<Index>(g) * steps * 3 * digit_bytes;
  const std::uint32_t each = 0x01010101, next_taps = 0x03020100 * static_cast<std::uint32_t>(channels);
  const Index copies = digit_bytes == 16 ? 1 : channels;
  for (Index o = group.first; o < end; ++o) {
    const Index lane = o - group.first, start = group.window[group.second >> (lane * word) & 1];
    const auto pick = each * static_cast<std::uint32_t>(first_of(taps, o) * channels - start) + next_taps;
    for (Index c = 0; c < channels; ++c)
      put(picks[g].byte + (c * places + lane) * word, pick + each * static_cast<std::uint32_t>(c));
    const std::int32_t* k = &taps.fixed[static_cast<std::size_t>(o * taps.most)];
    for (Index t = 0; t < count_of(taps, o); t += word) {
      const DigitWords words = digit_words(k + t, std::min(word, count_of(taps, o) - t), 0);
      for (Index d = 0; d < 3; ++d)
        for (Index c = 0; c < copies; ++c)
          put(lines + (t / word * 3 + d) * digit_bytes + (c * places + lane) * word,
              words[static_cast<std::size_t>(d)]);
    }
  }
}

DownTaps::DownTaps(const Taps& taps)
    : few(most_of(taps) <= word), steps(few ? 1 : (most_of(taps) + 2 * (word - 1)) / word), clamp(may_overflow(taps)) {
  digits.resize(static_cast<std::size_t>(places_of(taps) * steps * 3));
  Index longest = 2;
  for (Index o = 0; o < places_of(taps); ++o) {
    const Index from = first_of(taps, o), count = count_of(taps, o), skip = few ? 0 : from % word;
    places.push_back({from / word, (skip + count + word - 1) / word, (from + count - 1) / word,
                      static_cast<std::int32_t>(from % word * 8)});
    longest = std::max(longest, places.back().last - places.back().first + 1);
    const std::int32_t* k = &taps.fixed[static_cast<std::size_t>(o * taps.most)];
    std::int32_t* to = &digits[static_cast<std::size_t>(o * steps * 3)];
    for (Index t = 0, at = skip; t < count; t += word - at, at = 0, to += 3) {
      const DigitWords words = digit_words(k + t, std::min(word - at, count - t), at);
      std::copy(words.begin(), words.end(), to);
    }
  }
  for (ring = 1; ring < longest;) ring *= 2;
}

}  // namespace fovea::ops
