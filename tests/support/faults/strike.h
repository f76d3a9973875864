#pragma once
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>

#include "support/faults/plan.h"

namespace fovea::faults {

extern constinit Plan plan;

// Whether the plan is about such calls on the path.
bool concerns(Call, const char* path);

// Counts a call that the plan is about and says what befalls it. Keeps errno; allocates nothing. A null path is a call
// without one.
std::optional<Deed> strike(Call, const char* path, std::size_t size = 0);

[[noreturn]] void die();
void sleep_milliseconds(long);

// Makes a call of the system's convention (-1 and errno) as the plan wills. `real` takes the size that it may handle.
template <class Real>
long carry_out(Call call, const char* path, std::size_t size, Real real) {
  const auto deed = strike(call, path, size);
  if (!deed) return real(size);
  switch (*deed) {
    case Deed::fail:
      if (call == Call::close) real(size);  // Linux frees the descriptor in any case
      errno = plan.error;
      return -1;
    case Deed::shorten:
      return real(std::min(size, size / 2 + 1));
    case Deed::delay:
      sleep_milliseconds(plan.milliseconds);
      return real(size);
    case Deed::kill_before:
      die();
    case Deed::kill_midway:
      if (size > 1) real(size / 2);
      die();
    case Deed::kill_after:
      real(size);
      die();
  }
  return real(size);
}

}  // namespace fovea::faults
