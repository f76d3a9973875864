#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fovea/image.h"
#include "fovea/model.h"
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

// How near a stage comes to what this machine can do at most.
struct LimitUse {
  std::string stage, unit;        // "infer", "operations/s"
  double reached = 0, limit = 0;  // a second, of all threads
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
  std::vector<LimitUse> limits;  // by what_if()
};

// Pure: the same for the same arguments. Runs of less than a quarter of a second or of less than 32 pictures a thread
// are too short: `binds` and `forecasts` are empty, and the verdict says so.
Diagnosis diagnose(const Report&, const ThreadBudget& = thread_budget());

struct SampleOptions {
  int threads = 0;                 // of the run, at most the thread budget; 0: the budget
  int batch = 8;                   // pictures that the run took through the network at once
  DecodeOptions decode;            // of the run; channels are the model's
  double seconds = 0.2;            // about, for each of twelve measurements
  std::vector<std::string> files;  // inputs of the run, read once from the medium
};

// Seconds that a picture of the sample takes a thread, when all of the run's threads work at once. On a device, one
// thread gives batches to the network.
struct SampleTimes {
  struct Batch {
    int pictures = 0;
    double seconds = 0;  // for one picture
  };
  std::int64_t pictures = 0, failed = 0;  // of the sample; those that failed are left out
  int threads = 0, batch = 0;
  double decode = 0, prepare = 0;
  double fast_decode = 0, fast_prepare = 0;  // with DecodeOptions::shrink_to; 0 where the run had that
  std::vector<Batch> batches;                // the run's batch first, then 1, 8 and 32
  double bf16 = 0, int8 = 0;                 // the network in batches of the run; 0 where it cannot or did already
  double operations = 0;                     // of the network for a picture; a multiply-add is two
  double moved_bytes = 0;                    // pixels that are written and read, for a picture; a floor
  double encoded_bytes = 0;                  // of a picture
  double operation_limit = 0;                // a second, in the model's precision on all threads; 0 on a device
  double copy_limit = 0;                     // bytes a second through memory, of all threads
  double read_limit = 0;                     // bytes a second from the files, by one thread; 0: none could be read
};

// Measures what no count of a run says, on encoded pictures of it and the machine as it is now; nothing else should
// disturb it. A few seconds. Throws Error: invalid_argument for options out of range, those of Model::run().
SampleTimes measure_sample(std::span<const std::vector<std::byte>> pictures, const Model&, const SampleOptions& = {});

// diagnose(), with what fast decoding, larger batches and lower precision would give and how near stages come to the
// machine's limits. Pure. A sample without pictures adds nothing but the word that it cannot tell.
Diagnosis what_if(const Report&, const SampleTimes&, const ThreadBudget& = thread_budget());

}  // namespace fovea
