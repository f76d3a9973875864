#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace fovea::faults {

// Kinds of calls to the system. `create` is an open that makes or empties a file.
enum class Call : unsigned {
  open,
  create,
  read,
  write,
  sync,
  rename,
  truncate,
  unlink,
  mkdir,
  link,
  close,
  lock,
  map,
  allocate,
  thread
};
constexpr std::array<std::string_view, 15> call_names{"open",   "create",   "read",   "write",    "sync",
                                                      "rename", "truncate", "unlink", "mkdir",    "link",
                                                      "close",  "lock",     "map",    "allocate", "thread"};

enum class Deed { fail, shorten, delay, kill_before, kill_midway, kill_after };

// FOVEA_FAULTS as docs/reliability.md describes it. Views are of the environment, which stays.
struct Plan {
  bool active = false;
  unsigned calls = 0;                 // a bit for each Call
  std::string_view under;             // paths that begin so; empty: any, and calls without a path
  std::int64_t at = 0;                // counted from 1; 0: none
  bool for_ever = false;              // from `at` on
  std::uint64_t every = 0, seed = 0;  // one in `every`, which ones is the seed's choice
  Deed deed = Deed::fail;
  int error = 0;
  long milliseconds = 0;
  const char* log = nullptr;
  const char* record = nullptr;
};

// Ends the process with a message and status 125 for a text that is no plan.
Plan parse_plan(const char* text);

}  // namespace fovea::faults
