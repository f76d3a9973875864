#pragma once
#include <string_view>
#include <vector>

#include "fovea/diagnosis.h"
#include "fovea/row.h"

namespace fovea::pipeline {

// The counts of a run as an open network of resources that every picture visits.
struct RunModel {
  std::int64_t pictures = 0;
  double seconds = 0, rate = 0;
  int threads = 1;
  std::vector<ResourceUse> resources;  // with something to do; "threads" is among them
  double thread_seconds = 0;           // that threads had
  double infer_seconds = 0;            // of threads, in the network
  double memory_share = 0;             // of the threads' time, waited for memory

  const ResourceUse* find(std::string_view name) const;
};

// Only for reports with pictures, seconds and threads.
RunModel model_of(const Report&);

double busy_seconds(const Report&, std::string_view stage);
std::int64_t pictures_of(const Report&);

// The most pictures a second that all resources together allow.
double bound_of(const std::vector<ResourceUse>&);

// What the rate becomes with other resources: as near to the new bound as the run came to the old one.
double rate_with(const RunModel&, const std::vector<ResourceUse>& changed);

// The same resources, one with other servers or another demand; one without demand is no resource any more.
std::vector<ResourceUse> with_servers(std::vector<ResourceUse>, std::string_view name, double servers);
std::vector<ResourceUse> with_demand(std::vector<ResourceUse>, std::string_view name, double demand);

}  // namespace fovea::pipeline
