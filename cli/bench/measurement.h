#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/case.h"
#include "bench/peers.h"
#include "fovea/limits.h"

namespace fovea::cli {

struct Timing {
  std::string name;
  Spread ms;
  std::optional<double> p99_ms;   // of single calls, where the case asks for them
  std::optional<double> peak_mb;  // of resident memory, likewise
};

struct Measurement {
  Timing ours;
  std::optional<double> rate, limit, share;  // in the case's unit
  std::vector<Timing> beside, loops, peers;
  std::vector<std::string> remarks;  // of peers that failed
};

// Times the case, its loop, the limit and the peers in turns, with a pause before each, so that a slow minute of the
// machine meets all of them. Who has used up 20 seconds after three rounds sits out the rest.
Measurement measure(const Case&, const Request&, Peers*);

}  // namespace fovea::cli
