#include "ops/prepare/byte_taps.h"

#include <algorithm>
#include <cstring>

namespace fovea::ops {
namespace {

constexpr Index word = 4;  // taps
constexpr Index lanes = 16;
// What a step of four rows costs beside its products, in operations of the vector ports: one permutation of 64 bytes,
// or the three that one of 128 takes.
constexpr Index dot_cost = 3, narrow_cost = 1, wide_cost = 3;

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

// Cuts the places into groups as long as windows of `bytes` allow; their number.
Index AcrossTaps::cut(const Taps& taps, Index bytes, std::vector<Group>* into) const {
  Index count = 0;
  for (Index o = 0; o < places_of(taps); ++count) {
    const Index begin = o, from = first_of(taps, begin);
    while (o < places_of(taps) && o < begin + places && (first_of(taps, o) - from + word) * channels <= bytes) ++o;
    if (into) into->push_back({from * channels, begin});
  }
  return count;
}

AcrossTaps::AcrossTaps(const Taps& taps, Index pixel_bytes)
    : channels(pixel_bytes),
      places(lanes / pixel_bytes),
      steps((most_of(taps) + word - 1) / word),
      clamp(may_overflow(taps)) {
  const bool wide =
      cut(taps, 128, nullptr) * (dot_cost + wide_cost) < cut(taps, 64, nullptr) * (dot_cost + narrow_cost);
  window = wide ? 128 : 64;
  cut(taps, window, &groups);
  picks.resize(groups.size());
  digits.resize(groups.size() * static_cast<std::size_t>(3 * steps));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Index begin = groups[g].first, from = first_of(taps, begin);
    const Index end = g + 1 < groups.size() ? groups[g + 1].first : places_of(taps);
    reach = std::max(reach, groups[g].offset + (steps - 1) * word * channels + window);
    ByteLine* lines = &digits[g * static_cast<std::size_t>(3 * steps)];
    for (Index o = begin; o < end; ++o) {
      for (Index c = 0; c < channels; ++c)
        for (Index t = 0; t < word; ++t)
          picks[g].byte[(c * places + o - begin) * word + t] =
              static_cast<std::uint8_t>((first_of(taps, o) - from + t) * channels + c);
      for (Index t = 0; t < count_of(taps, o); ++t) {
        const auto digit = digits_of(taps.fixed[static_cast<std::size_t>(o * taps.most + t)]);
        for (Index c = 0; c < channels; ++c)
          for (Index d = 0; d < 3; ++d)
            lines[t / word * 3 + d].byte[(c * places + o - begin) * word + t % word] =
                static_cast<std::uint8_t>(digit[static_cast<std::size_t>(d)]);
      }
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
    for (Index t = 0; t < count; ++t) {
      const auto digit = digits_of(taps.fixed[static_cast<std::size_t>(o * taps.most + t)]);
      for (Index d = 0; d < 3; ++d) {
        auto* to =
            reinterpret_cast<std::uint8_t*>(&digits[static_cast<std::size_t>((o * steps + (skip + t) / word) * 3 + d)]);
        to[(skip + t) % word] = static_cast<std::uint8_t>(digit[static_cast<std::size_t>(d)]);
      }
    }
  }
  for (ring = 1; ring < longest;) ring *= 2;
}

}  // namespace fovea::ops
