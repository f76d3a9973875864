#include <chrono>

#include "base/threads.h"
#include "fovea/limits.h"

namespace fovea {

double launch_cost() {
  constexpr int calls = 501, warm_up = 100, together = 8;
  const auto empty = [](std::int64_t, std::int64_t) {};
  const int count = 4 * thread_budget().threads;
  std::vector<double> seconds;
  for (int k = -warm_up; k < calls; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < together; ++i) parallel_for(count, 1, empty);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (k >= 0) seconds.push_back(taken.count() / together);
  }
  return spread_of(std::move(seconds)).median;
}

}  // namespace fovea
