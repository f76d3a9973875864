#pragma once
#include <signal.h>

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>

#include "console.h"

namespace fovea::cli {

// While it lives, the first SIGINT, SIGTERM or SIGHUP asks for a stop and the second ends the process with 128 + its
// number. To be made before other threads, so that they inherit the blocked signals. A signal that the parent had
// ignored stays so.
class Interrupt {
 public:
  // `first` is said after the first signal.
  Interrupt(Console&, std::string first);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }

 private:
  void watch(const std::stop_token& end);

  Console& console_;
  std::string first_;
  std::stop_source stop_;
  sigset_t signals_{}, before_{};
  std::jthread teller_;
  std::jthread watcher_;
};

}  // namespace fovea::cli
