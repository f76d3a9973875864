#include "picture_options.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "option_values.h"

namespace fovea::cli {
namespace {

Errc parse_code(const std::string& text) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code)
    if (name(static_cast<Errc>(code)) == text) return static_cast<Errc>(code);
  throw Error(Errc::invalid_argument, "expected an error code such as TIMEOUT, got '" + text + "'");
}

}  // namespace

void add_input_options(CommandLine& line, PictureOptions& options) {
  line.group("Inputs");
  line.repeated("--from", "FILE", "a list of inputs: .txt, .csv or .jsonl, also with .gz; may be given again",
                [&options](const std::string& text) { options.source.lists.push_back(text); });
  line.value("--column", "NAME", "of CSV and JSONL lists, which names inputs (default: path)",
             file_name(options.source.column));
}

void add_run_options(CommandLine& line, PictureOptions& options, bool devices) {
  line.group("Run");
  line.value("-j,--workers", "N", "threads (default: as many as this process may use)",
             integer(options.run.workers, 1, 4096));
  if (devices)
    line.value("--device", "DEVICE", "auto, cpu, cuda, cuda:N, or several: cpu,cuda:0 (default: auto)",
               file_name(options.device));
  line.value("--memory", "SIZE", "for pictures in flight (default: half of what the process may use)",
             size(options.run.memory_bytes));
  line.value("--timeout", "SECONDS", "for one input: download, decoding, ops (default: 30)",
             positive(options.run.fetch.timeout));
  line.value("--max-failures", "N|P%", "more failed pictures stop the run with status 3 (default: no limit)",
             [&options](const std::string& text) { options.failures = parse_failures(text); });
  line.value("--stall", "SECONDS", "without progress, after which each worker's state is said (default: 60)",
             positive(options.run.stall_seconds));
  line.value("--give-up", "SECONDS", "without progress, after which the run ends with status 75 (default: never)",
             [&options](const std::string& text) { positive(options.give_up.emplace())(text); });
}

void add_output_options(CommandLine& line, PictureOptions& options, const std::string& default_output) {
  line.group("Output");
  line.value("-o,--output", "FILE",
             "rows; '-': to standard output; /dev/null: nowhere (default: " + default_output + ")",
             file_name(options.output));
  line.value("--format", "FORMAT", "jsonl or csv (default: jsonl)", [&options](const std::string& text) {
    options.format = parse_choice(text, {"jsonl", "csv"});
  });
  line.flag("--fresh", "begin anew, whatever an earlier run left", options.fresh);
  line.flag("--update", "the inputs have changed: keep the rows of those that are still there", options.update);
  line.optional_value("--retry-failed", "CODE", "make the failed rows anew, or those with this code",
                      [&options](const std::string& text) {
                        options.retry_failed = options.update = true;
                        if (!text.empty()) options.retry_code = parse_code(text);
                      });
  line.value("--commit", "SECONDS", "between commits of rows to the disk, at least (default: 1; 0: after each row)",
             not_negative(options.commit_seconds));
  line.value("--json-summary", "FILE", "facts of the run as one JSON object", file_name(options.summary_file));
  line.flag("--what-if", "measure what would make the run faster", options.what_if);
  line.flag("-q,--quiet", "only errors on standard error", options.quiet);
}

void add_decode_options(CommandLine& line, PictureOptions& options, bool scales) {
  line.group("Decoding");
  if (scales)
    line.value("--decode", "HOW",
               "exact; fast: JPEGs at the smallest scale with twice the side that they are resized to;\n"
               "draft: at the smallest with that side (default: exact)",
               [&options](const std::string& text) { options.scale = parse_decode_scale(text); });
  line.value("--background", "COLOUR", "under transparent pixels: RRGGBB, white or black (default: alpha is dropped)",
             [&options](const std::string& text) { options.decode.background = parse_colour(text); });
  line.flag("--no-exif", "do not turn pictures as their EXIF orientation says", options.decode.orient, false);
}

void add_limit_options(CommandLine& line, Limits& limits) {
  line.group("Limits of a picture");
  line.value("--max-pixels", "N", "width times height (default: 180000000)", wide(limits.max_pixels));
  line.value("--max-side", "N", "width or height (default: 65535)", wide(limits.max_side));
  line.value("--max-bytes", "SIZE", "of the file (default: 64M)", size(limits.max_encoded_bytes));
  line.value("--max-scans", "N", "of a progressive JPEG (default: 100)",
             integer(limits.max_scans, 1, std::numeric_limits<int>::max()));
  line.value("--max-metadata", "SIZE", "of EXIF, profiles and text (default: 8M)", size(limits.max_metadata_bytes));
}

void add_fetch_options(CommandLine& line, FetchOptions& fetch) {
  line.group("Downloads");
  line.value("--in-flight", "N", "transfers at once (default: 256)", integer(fetch.in_flight, 1, 4096));
  line.value("--per-host", "N", "transfers at once from one host (default: 8)", integer(fetch.per_host, 1, 1024));
  line.value("--retries", "N", "after the first try (default: 3)", integer(fetch.retries, 0, 100));
  line.value("--ca-file", "FILE", "certificates of the authorities to trust, PEM (default: the system's)",
             file_name(fetch.ca_file));
  line.flag("--allow-private", "allow addresses that are not public", fetch.allow_private);
  line.flag("--no-robots", "do not ask robots.txt and X-Robots-Tag", fetch.robots, false);
}

bool read_once(const PictureOptions& options) {
  const auto gone = [](const std::string& input) {
    std::error_code ignored;
    return input == "-" || std::filesystem::is_other(input, ignored);
  };
  return std::any_of(options.inputs.begin(), options.inputs.end(), gone) ||
         std::any_of(options.source.lists.begin(), options.source.lists.end(), gone);
}

bool parse_pictures(CommandLine& line, Arguments arguments, const Console& console, PictureOptions& options) {
  if (!line.parse(arguments, options.inputs, console)) return false;
  const std::size_t least = options.source.lists.empty() ? 1 : 0;
  line.require(options.inputs, least, std::max(least, options.inputs.size()));
  if (options.fresh && options.update)
    throw line.usage_error(std::string("expected one of --fresh and ") +
                           (options.retry_failed ? "--retry-failed" : "--update") + ", got both");
  options.run.limits = options.decode.limits;
  options.source.max_encoded_bytes = options.run.fetch.max_bytes = options.decode.limits.max_encoded_bytes;
  options.source.fetch = options.run.fetch;
  return true;
}

}  // namespace fovea::cli
