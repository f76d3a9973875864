#pragma once
#include <map>
#include <string>

#include "expr/cuda/kernel.h"
#include "support/temporary_directory.h"

namespace fovea::test {

// Generated kernels as functions of this process. Expressions go through gather() first; then compile() builds all of
// their kernels at once, and value() runs them.
class HostKernels {
 public:
  void gather(const Expr&);
  void compile();
  Array value(const Expr&);
  std::size_t distinct() const { return bodies_.size(); }

 private:
  class Gatherer;
  class Runner;
  TemporaryDirectory folder_;
  std::map<std::string, std::size_t> bodies_;  // to their number
  void* library_ = nullptr;
};

}  // namespace fovea::test
