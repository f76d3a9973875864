#pragma once
#include <string>
#include <vector>

namespace fovea::fetch {

// What is not for users to set; tests do.
struct Tuning {
  double backoff = 0.5;               // seconds before the first retry, doubled for each further one
  double most_backoff = 20;           // seconds
  long low_speed = 64;                // bytes a second
  long low_speed_seconds = 15;        // so long below low_speed ends a transfer
  double robots_lifetime = 86'400;    // seconds
  double robots_fault_lifetime = 60;  // seconds that a failure to read robots.txt is remembered
  std::vector<std::string> resolve;   // HOST:PORT:ADDRESS, instead of asking for HOST's address
  int open_port = 0;                  // a port that may be asked of this machine too; 0: none
};

}  // namespace fovea::fetch
