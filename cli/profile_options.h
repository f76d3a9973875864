#pragma once
#include <string>
#include <vector>

#include "command_line.h"
#include "outputs.h"

namespace fovea::cli {

// --profile and --trace, which every verb that computes has.
struct ProfileWish {
  bool tables = false;
  std::string trace;  // a file; empty: none

  void add_options(CommandLine&);
  void add_output(std::vector<OutputFile>&) const;
};

// Records from its start to finish(), if that is wished for.
class ProfiledRun {
 public:
  explicit ProfiledRun(const ProfileWish&);  // throws Error that names the option
  ~ProfiledRun();                            // without finish(): the trace gets its end, nothing is printed
  ProfiledRun(const ProfiledRun&) = delete;
  ProfiledRun& operator=(const ProfiledRun&) = delete;

  // Prints tables and hints on standard error, also when quiet: they were asked for. Throws Error(io) when the trace
  // could not be written.
  void finish(Console&);

 private:
  const ProfileWish wish_;
  bool recording_ = false;
};

}  // namespace fovea::cli
