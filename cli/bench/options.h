#pragma once
#include <string>
#include <vector>

#include "bench/case.h"
#include "command_line.h"
#include "profile_options.h"

namespace fovea::cli {

struct BenchOptions {
  Request request;  // but for the device and the threads, which the run sets
  std::vector<std::string> devices{"cpu"};
  std::vector<int> threads;  // thread budgets to compare; empty: the present one
  std::string variant;       // empty: the best
  bool peers = false, json = false, quiet = false;
  ProfileWish profile;
};

void add_bench_options(CommandLine&, BenchOptions&);

}  // namespace fovea::cli
