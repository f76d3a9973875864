#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fovea/row.h"

namespace fovea::cli {

// What the rows of a run add up to.
struct Failures {
  std::int64_t rows = 0, failed = 0;
  std::map<Errc, std::int64_t> by_code;
  std::vector<std::string> first;  // at most three: "PATH: CODE: message"

  void add(const Row&);
  std::string counts() const;  // "3 TRUNCATED, 1 NOT_FOUND"
};

}  // namespace fovea::cli
