#include "measure/at_once.h"

#include <sched.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "fovea/error.h"
#include "fovea/system.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;

// A woken thread may find itself on its waker's CPU, and both stay there for milliseconds: so where all usable CPUs get
// a thread, each keeps to one of them.
void keep_to_cpu(int thread, int threads) {
  cpu_set_t usable, one;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0 || threads < CPU_COUNT(&usable)) return;
  int left = thread % CPU_COUNT(&usable);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &usable) && left-- == 0) {
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ::sched_setaffinity(0, sizeof one, &one);  // of this thread; a refusal costs accuracy alone
      return;
    }
}

struct Lap {
  double seconds, work;
  double shortest;  // seconds that a thread worked
};

Lap lap(int threads, std::int64_t repeats, const std::function<double(int, std::int64_t)>& body) {
  struct Part {
    Clock::time_point begin, end;
    double work = 0;
  };
  std::vector<Part> parts(static_cast<std::size_t>(threads));
  const auto run = [&](int t) {
    Part part;
    part.begin = Clock::now();
    part.work = body(t, repeats);
    part.end = Clock::now();
    parts[static_cast<std::size_t>(t)] = part;
  };
  if (threads == 1) {
    run(0);
  } else {
    std::barrier<> start(threads);
    std::vector<std::jthread> runners;
    for (int t = 0; t < threads; ++t)
      runners.emplace_back([&, t] {
        keep_to_cpu(t, threads);
        start.arrive_and_wait();
        run(t);
      });
  }
  Clock::time_point begin = parts[0].begin, end = parts[0].end;
  Clock::duration shortest = Clock::duration::max();
  double work = 0;
  for (const Part& part : parts) {
    begin = std::min(begin, part.begin);
    end = std::max(end, part.end);
    shortest = std::min(shortest, part.end - part.begin);
    work += part.work;
  }
  const auto seconds = [](Clock::duration d) { return std::max(std::chrono::duration<double>(d).count(), 1e-9); };
  return {seconds(end - begin), work, seconds(shortest)};
}

}  // namespace

int checked_threads(const char* where, const LimitOptions& options) {
  const auto refuse = [where](const std::string& text) {
    throw Error(Errc::invalid_argument, std::string(where) + ": " + text);
  };
  if (options.threads < 0 || options.threads > 4096)
    refuse("expected 0 to 4096 threads, got " + std::to_string(options.threads));
  if (!(options.seconds > 0 && options.seconds <= 60))
    refuse("expected seconds above 0 and at most 60, got " + std::to_string(options.seconds));
  return options.threads == 0 ? thread_budget().threads : options.threads;
}

double rate_at_once(int threads, double seconds, const std::function<double(int, std::int64_t)>& body) {
  std::int64_t repeats = 1;
  while (true) {
    const Lap run = lap(threads, repeats, body);
    // By the shortest: a thread that starts late makes a run long that has hardly worked.
    if (run.shortest >= 0.7 * seconds || repeats > (std::int64_t{1} << 40)) return run.work / run.seconds;
    const double grown = std::min(seconds / run.shortest, 16.0);  // a first run is slow and says little
    repeats = std::max(repeats + 1, static_cast<std::int64_t>(std::ceil(static_cast<double>(repeats) * grown)));
  }
}

}  // namespace fovea
