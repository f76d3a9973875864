#include "fovea/transform.h"

#include "kept_files.h"
#include "option_values.h"
#include "picture_run.h"
#include "plugins.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea transform photos/ --ops resize=256,crop=224,format=webp --to thumbs/\n"
    "  fovea transform photos/ --ops box=3,format=png --to out.tar --shard-files 10000\n"
    "  fovea transform photos/ --plugin swirl.so --ops resize=512,swirl --to swirled/\n"
    "  fovea transform --from urls.txt --ops resize=512 --to small/\n";

struct TransformWish {
  PictureOptions pictures;
  TransformOptions transform;
  KeptFiles kept;
};

bool parse(Arguments arguments, const Console& console, TransformWish& wish) {
  CommandLine line("transform", "INPUT...",
                   "Runs a chain of ops over pictures and keeps the results. Inputs are those of 'fovea classify';\n"
                   "ops are those of 'fovea op list', and of plug-ins. A chain is described in docs/transform.md.",
                   std::string(examples) + exit_statuses);
  line.value("--ops", "CHAIN", "what to do, in order: NAME=VALUE,..., and format=, quality= of the files",
             file_name(wish.transform.ops));
  add_plugin_options(line);
  add_kept_options(line, wish.kept);
  add_input_options(line, wish.pictures);
  add_run_options(line, wish.pictures, true);
  add_output_options(line, wish.pictures, "beside --to, ending in .jsonl");
  add_decode_options(line, wish.pictures, true);
  add_limit_options(line, wish.pictures.decode.limits);
  add_fetch_options(line, wish.pictures.run.fetch);
  wish.pictures.profile.add_options(line);
  if (!parse_pictures(line, arguments, console, wish.pictures)) return false;
  if (wish.transform.ops.empty()) throw line.usage_error("--ops: expected what to do, got nothing");
  return true;
}

int run(TransformWish& wish, Arguments arguments, Console& console) {
  const DevicesChoice devices = devices_of(wish.pictures);
  wish.transform.decode = wish.pictures.decode;
  wish.transform.scale = wish.pictures.scale;
  const std::unique_ptr<Task> task = transform_task(wish.transform);
  PictureRun run("transform", arguments, *task);
  run.devices = devices.devices;
  run.device_reason = devices.reason;
  keep_files(wish.kept, run, wish.pictures);
  return run_pictures(run, wish.pictures, console);
}

}  // namespace

int transform(Arguments arguments, Console& console) {
  TransformWish wish;
  if (!parse(load_plugins("transform", arguments), console, wish)) return 0;
  console.set_quiet(wish.pictures.quiet);
  try {
    return run(wish, arguments, console);
  } catch (const Error& error) {
    throw of_verb("transform", error);
  }
}

}  // namespace fovea::cli
