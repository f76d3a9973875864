#pragma once
#include <algorithm>
#include <chrono>
#include <vector>

#include "device/profiler.h"
#include "fovea/row.h"

namespace fovea::pipeline {

// Adds to the stage of that name, which it makes if need be.
inline void add_stage_time(std::vector<StageTime>& totals, const StageTime& time) {
  const auto at =
      std::find_if(totals.begin(), totals.end(), [&](const StageTime& total) { return total.name == time.name; });
  if (at == totals.end()) {
    totals.push_back(time);
    return;
  }
  at->busy_seconds += time.busy_seconds;
  at->count += time.count;
}

// Where the time of one thread's stage goes.
class StageTimes {
 public:
  // Adds the time it lives to that of `name`, a literal, and `count` to the pieces of work.
  class Scope {
   public:
    Scope(StageTimes& times, const char* name, std::int64_t count = 1)
        : span_(Activity::stage, name), times_(times), name_(name), count_(count) {}
    ~Scope() {
      times_.add({name_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(), count_});
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const profiler::Scope span_;
    StageTimes& times_;
    const char* name_;
    std::int64_t count_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  };

  void add(const StageTime& time) { add_stage_time(totals_, time); }
  void add_to(std::vector<StageTime>& totals) const {
    for (const StageTime& time : totals_) add_stage_time(totals, time);
  }

 private:
  std::vector<StageTime> totals_;
};

}  // namespace fovea::pipeline
