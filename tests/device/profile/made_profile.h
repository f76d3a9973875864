#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "fovea/profile.h"

namespace fovea::test {

struct MadeSpan {
  Activity activity;
  Device device;
  std::string name;
  std::int64_t begin, end, bytes = 0;
  Device from = {}, to = {};
};

// A profile of these spans, groups in the order of their first spans.
inline Profile made_profile(std::int64_t duration, const std::vector<MadeSpan>& spans) {
  Profile profile;
  profile.duration_ns = duration;
  for (const MadeSpan& s : spans) {
    auto at = std::find_if(profile.groups.begin(), profile.groups.end(), [&](const ProfileGroup& g) {
      return g.activity == s.activity && g.device == s.device && g.name == s.name;
    });
    if (at == profile.groups.end()) {
      profile.groups.emplace_back();
      at = profile.groups.end() - 1;
      *at = {s.activity, s.device, s.name, s.from, s.to, false, 0, 0, s.end - s.begin, 0, 0, 0};
    }
    ++at->calls;
    at->total_ns += s.end - s.begin;
    at->min_ns = std::min(at->min_ns, s.end - s.begin);
    at->max_ns = std::max(at->max_ns, s.end - s.begin);
    at->bytes += s.bytes;
    profile.spans.push_back({static_cast<std::size_t>(at - profile.groups.begin()), 1, s.begin, s.end, s.bytes});
  }
  return profile;
}

}  // namespace fovea::test
