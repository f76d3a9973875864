#pragma once
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "fovea/decode_scale.h"
#include "fovea/pipeline.h"
#include "profile_options.h"
#include "value.h"

namespace fovea::cli {

// What every verb over pictures takes: where they come from, how they are decoded, where rows go, how the run goes on.
struct PictureOptions {
  std::vector<std::string> inputs;
  SourceOptions source;
  RunOptions run;
  DecodeOptions decode;
  DecodeScale scale = DecodeScale::exact;
  std::string device = "auto";
  FailureBudget failures;
  std::string output;  // "-": standard output
  std::string format = "jsonl", summary_file;
  bool fresh = false, update = false, retry_failed = false;
  std::optional<Errc> retry_code;
  std::optional<double> give_up;  // seconds without progress
  double commit_seconds = 1;      // between commits, at least
  bool quiet = false, what_if = false;
  ProfileWish profile;
};

// In the order of the help. Each starts a group of its own.
void add_input_options(CommandLine&, PictureOptions&);
void add_run_options(CommandLine&, PictureOptions&, bool devices);
void add_output_options(CommandLine&, PictureOptions&, const std::string& default_output);
void add_decode_options(CommandLine&, PictureOptions&, bool scales);
void add_limit_options(CommandLine&, Limits&);
void add_fetch_options(CommandLine&, FetchOptions&);

// Whether some of the inputs can be read only once: pipes and standard input.
bool read_once(const PictureOptions&);

// The operands, and what several options say together. False when help was asked for, and printed.
bool parse_pictures(CommandLine&, Arguments, const Console&, PictureOptions&);

inline constexpr const char* exit_statuses =
    "Exit status: 0 done, 2 usage, 3 too many failures, 4 no inputs, 65 model or data refused, 69 no such device,\n"
    "  74 output failed, 75 interrupted (the same command goes on), 77 refused: other options, or in use";

}  // namespace fovea::cli
