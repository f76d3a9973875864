#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "console.h"
#include "fovea/row.h"

namespace fovea::cli {

// How far a long work is: on a terminal a line redrawn at most ten times a second, elsewhere a line every ten seconds.
class ProgressLine {
 public:
  explicit ProgressLine(Console& console) : console_(console) {}
  ~ProgressLine() { console_.clear_status(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void pictures(const Progress&);
  void bytes(std::int64_t done, std::int64_t total);                // total 0: unknown
  void step(const std::string& name, double done, double seconds);  // done from 0 to 1; 0: unknown

 private:
  using Clock = std::chrono::steady_clock;
  bool due();
  void show(double fraction, const std::string& text);

  Console& console_;
  Clock::time_point shown_ = Clock::now();
};

}  // namespace fovea::cli
