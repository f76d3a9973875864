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
  std::string name;  // of a peer or a loop
  Spread ms;
};

struct Measurement {
  Spread ms;
  std::optional<double> rate, limit, share;  // in 1e9 of the case's unit a second
  std::vector<Timing> loops, peers;
  std::vector<std::string> remarks;  // of peers that failed
};

// Times the case, its loop, the limit and the peers in turns, with a pause before each, so that a slow minute of the
// machine meets all of them. Who has used up 20 seconds after three rounds sits out the rest.
Measurement measure(const Case&, const Request&, Peers*);

}  // namespace fovea::cli
