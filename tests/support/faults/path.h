#pragma once
#include <climits>

namespace fovea::faults {

// The absolute path behind a descriptor, or of a name as a call with `folder` (or AT_FDCWD) sees it; what cannot be
// found stays as it was given. Allocates nothing, keeps errno.
class Path {
 public:
  explicit Path(int descriptor);
  Path(int folder, const char* name);
  const char* text() const { return text_; }

 private:
  char text_[PATH_MAX + 1];
};

}  // namespace fovea::faults
