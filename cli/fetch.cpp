#include <fmt/format.h>

#include "fovea/store.h"
#include "fovea/transform.h"
#include "kept_files.h"
#include "option_values.h"
#include "picture_run.h"
#include "plugins.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea fetch --from urls.txt --to pictures/\n"
    "  fovea fetch --from urls.csv --column url --to shards.tar --shard-files 10000\n"
    "  fovea fetch https://example.org/a.jpg --resize 512 --to small/\n";

struct FetchWish {
  PictureOptions pictures;
  KeptFiles kept;
  StoreOptions store;
  bool store_options = false;  // some were given
  std::string ops;
  std::optional<int> resize;
};

bool parse(Arguments arguments, const Console& console, FetchWish& wish) {
  CommandLine line(
      "fetch", "URL...",
      "Downloads pictures, many at once, to a folder or to tar shards. Files, folders and shards among the\n"
      "inputs are copied. Inputs are those of 'fovea classify'; the rules are in docs/fetching.md.",
      std::string(examples) + exit_statuses);
  line.value("--check", "HOW",
             "what is kept: anything (none), pictures by their header, or such that decode whole\n"
             "(none, header, decode; default: header)",
             [&wish](const std::string& text) {
               using Check = StoreOptions::Check;
               wish.store_options = true;
               const std::string how = parse_choice(text, {"none", "header", "decode"});
               wish.store.check = how == "none" ? Check::none : how == "decode" ? Check::decode : Check::header;
             });
  line.value("--names", "HOW", "of files: by number (index) or by content (sha256; default: index)",
             [&wish](const std::string& text) {
               wish.store_options = true;
               wish.store.names = parse_choice(text, {"index", "sha256"}) == "index" ? StoreOptions::Names::index
                                                                                     : StoreOptions::Names::sha256;
             });
  line.value("--resize", "N", "keep pictures whose shorter side is N pixels instead of the bytes that came",
             integer(wish.resize, 1, 65'535));
  line.value("--ops", "CHAIN", "keep what a chain of ops makes of them: docs/transform.md", file_name(wish.ops));
  add_plugin_options(line);
  add_kept_options(line, wish.kept);
  add_fetch_options(line, wish.pictures.run.fetch);
  add_input_options(line, wish.pictures);
  add_run_options(line, wish.pictures, false);
  add_output_options(line, wish.pictures, "beside --to, ending in .jsonl");
  add_decode_options(line, wish.pictures, false);
  add_limit_options(line, wish.pictures.decode.limits);
  wish.pictures.profile.add_options(line);
  if (!parse_pictures(line, arguments, console, wish.pictures)) return false;
  if (wish.resize && !wish.ops.empty()) throw line.usage_error("expected one of --resize and --ops, got both");
  if (wish.store_options && (wish.resize || !wish.ops.empty()))
    throw line.usage_error(
        "--check, --names: expected them without --resize and --ops, which name files by their inputs");
  if (wish.resize) wish.ops = fmt::format("resize={}", *wish.resize);
  return true;
}

std::unique_ptr<Task> task_of(const FetchWish& wish) {
  if (wish.ops.empty()) {
    StoreOptions options = wish.store;
    options.limits = wish.pictures.decode.limits;
    return store_task(options);
  }
  TransformOptions options;
  options.ops = wish.ops;
  options.decode = wish.pictures.decode;
  return transform_task(options);
}

}  // namespace

int fetch(Arguments arguments, Console& console) {
  FetchWish wish;
  if (!parse(load_plugins("fetch", arguments), console, wish)) return 0;
  console.set_quiet(wish.pictures.quiet);
  try {
    const std::unique_ptr<Task> task = task_of(wish);
    PictureRun run("fetch", arguments, *task);
    keep_files(wish.kept, run, wish.pictures);
    return run_pictures(run, wish.pictures, console);
  } catch (const Error& error) {
    throw of_verb("fetch", error);
  }
}

}  // namespace fovea::cli
