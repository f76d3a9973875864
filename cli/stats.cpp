#include "fovea/stats.h"

#include <fmt/format.h>

#include "fovea/duplicates.h"
#include "option_values.h"
#include "picture_run.h"
#include "printable.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea stats photos/\n"
    "  fovea stats photos/ -o stats.jsonl --duplicates 4\n"
    "  fovea stats 'shards/{00..99}.tar' --format csv -o stats.csv\n";
constexpr std::size_t most_shown = 20;  // groups of duplicates

struct StatsWish {
  PictureOptions pictures;
  std::optional<int> duplicates;
};

bool parse(Arguments arguments, const Console& console, StatsWish& wish) {
  CommandLine line(
      "stats", "INPUT...",
      "Measures pictures: size, format, mean and deviation of each channel, sharpness, a perceptual hash.\n"
      "Inputs are those of 'fovea classify'.",
      std::string(examples) + exit_statuses);
  line.value("--duplicates", "BITS",
             "name pictures that look like an earlier one: hashes that differ in at most so many bits,\n"
             "0 to 8; needs --output FILE in JSONL",
             integer(wish.duplicates, 0, DuplicateFinder::most_bits));
  add_input_options(line, wish.pictures);
  add_run_options(line, wish.pictures, false);
  wish.pictures.output = "-";
  add_output_options(line, wish.pictures, "standard output");
  add_decode_options(line, wish.pictures, false);
  add_limit_options(line, wish.pictures.decode.limits);
  add_fetch_options(line, wish.pictures.run.fetch);
  wish.pictures.profile.add_options(line);
  if (!parse_pictures(line, arguments, console, wish.pictures)) return false;
  if (wish.duplicates && (wish.pictures.output == "-" || wish.pictures.format != "jsonl"))
    throw line.usage_error("--duplicates: expected --output FILE in JSONL, which is read again at the end");
  return true;
}

void tell_duplicates(const StatsWish& wish, Console& console) {
  const DuplicateReport report = find_duplicates(wish.pictures.output, *wish.duplicates);
  std::size_t copies = 0;
  for (const DuplicateGroup& group : report.groups) copies += group.duplicates.size();
  std::string text = fmt::format("{} of {} pictures look like an earlier one\n", copies, report.pictures);
  for (std::size_t i = 0; i < std::min(report.groups.size(), most_shown); ++i) {
    const DuplicateGroup& group = report.groups[i];
    text += printable(group.path) + '\n';
    for (const Duplicate& duplicate : group.duplicates)
      text += fmt::format("  {} ({} bits)\n", printable(duplicate.path), duplicate.distance);
  }
  if (report.groups.size() > most_shown) text += fmt::format("... and {} more\n", report.groups.size() - most_shown);
  console.print(text);
}

}  // namespace

int stats(Arguments arguments, Console& console) {
  StatsWish wish;
  if (!parse(arguments, console, wish)) return 0;
  console.set_quiet(wish.pictures.quiet);
  try {
    StatsOptions options;
    options.decode = wish.pictures.decode;
    const std::unique_ptr<Task> task = stats_task(options);
    const int status = run_pictures(PictureRun("stats", arguments, *task), wish.pictures, console);
    if (wish.duplicates) tell_duplicates(wish, console);
    return status;
  } catch (const Error& error) {
    throw of_verb("stats", error);
  }
}

}  // namespace fovea::cli
