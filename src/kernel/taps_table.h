#pragma once
#include "kernel/resample.h"
#include "kernel/storage.h"

namespace fovea {

// Taps where the bodies of this pass read them.
class TapsTable {
 public:
  TapsTable() = default;
  explicit TapsTable(const Taps& taps)
      : first_(taps.first), count_(taps.count), weight_(taps.weight), fixed_(taps.fixed), most_(taps.most) {}
  TapsView view() const { return {first_.data(), count_.data(), weight_.data(), fixed_.data(), most_}; }

 private:
  Table<Index> first_, count_;
  Table<double> weight_;
  Table<std::int32_t> fixed_;
  Index most_ = 0;
};

}  // namespace fovea
