#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fovea/row.h"
#include "fovea/system.h"

namespace fovea {

// What a run's own counts say about its speed, by operational analysis: the utilisation law, Little's law and
// asymptotic bounds (Denning and Buzen 1978; Lazowska et al. 1984). docs/bottlenecks.md has the formulas. A picture is
// an input whose row was made in this run.

// What pictures need some of, each with a number of servers that work at once.
struct ResourceUse {
  std::string name;        // "threads", "source", "sink", "network", or a device's: "cuda:0"
  double servers = 1;      // threads, or transfers in flight; the source and the sink are one each
  double demand = 0;       // seconds of one server for a picture
  double utilisation = 0;  // of all servers, 0 to 1
  double bound = 0;        // pictures a second at which all its servers are always busy
};

struct StageUse {
  std::string name;
  double service_seconds = 0;  // for one piece of work
  double share = 0;            // of the threads' time; 0 for work that takes none of it
};

// Why threads did nothing: "input", "batch", "order", "memory"; "other" is what no count explains.
struct WaitUse {
  std::string reason;
  double share = 0;  // of the threads' time
};

// What a change would give.
struct Forecast {
  std::string change;          // "one more thread"
  std::optional<double> rate;  // pictures a second; nothing: cannot tell, or cannot be
  bool at_most = false;        // the rate is a bound, no estimate
  std::string why;             // what the figure rests on, or why there is none
};

struct Diagnosis {
  std::int64_t pictures = 0;
  double seconds = 0, rate = 0;        // pictures a second
  std::vector<ResourceUse> resources;  // those that were used
  std::vector<StageUse> stages;
  std::vector<WaitUse> waits;  // the largest first
  std::vector<QueueUse> queues;
  std::string binds;               // a resource, "memory", or empty: none, or too few data
  std::optional<double> headroom;  // how often the present rate the next resource would allow
  std::string verdict;             // one or two sentences
  std::vector<Forecast> forecasts;
};

// Pure: the same for the same arguments. Runs of less than a quarter of a second or of less than 32 pictures a thread
// are too short: `binds` and `forecasts` are empty, and the verdict says so.
Diagnosis diagnose(const Report&, const ThreadBudget& = thread_budget());

}  // namespace fovea
