#pragma once
#include <gtest/gtest.h>
#define HWY_WANT_AVX3_DL  // some files are made for it
#include <hwy/targets.h>

namespace fovea::test {

// Calls `check` once for each set of vector instructions that the library and the machine have, chosen in turn.
template <class Check>
void each_target(const Check& check) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace fovea::test
