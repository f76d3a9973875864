#include "fovea/embed.h"

#include "auto_precision.h"
#include "kept_files.h"
#include "network_options.h"
#include "option_values.h"
#include "picture_run.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea embed photos/ -m resnet18 --to features.npy\n"
    "  fovea embed 'shards/{00..99}.tar' -m resnet50.pth --layer layer3 --to features.npy -o index.jsonl\n"
    "  fovea embed --from list.csv --column url -m resnet18 --normalize --to features.npy\n";

struct EmbedWish {
  PictureOptions pictures;
  NetworkOptions network;
  EmbedOptions embed;
  std::string features_file;
};

bool parse(Arguments arguments, const Console& console, EmbedWish& wish) {
  CommandLine line(
      "embed", "INPUT...",
      "Features of pictures by a layer of a network: a .npy file f32 [rows, features], and an index with a\n"
      "row for each input, in the same order. Inputs are those of 'fovea classify'.",
      std::string(examples) + exit_statuses);
  line.value("--to", "FILE.npy", "features go here; those of a failed input are NaN", file_name(wish.features_file));
  add_network_options(line, wish.network);
  add_precision_options(line, wish.network);
  line.value("--layer", "NAME", "a layer of 'fovea model show MODEL' (default: what goes into the last linear layer)",
             file_name(wish.embed.layer));
  line.value(
      "--pool", "HOW", "of a layer with rows and columns: average, or none (default: average)",
      [&wish](const std::string& text) {
        wish.embed.pooling = parse_choice(text, {"average", "none"}) == "none" ? Pooling::none : Pooling::average;
      });
  line.flag("--normalize", "divide each picture's features by their Euclidean length", wish.embed.normalize);
  add_input_options(line, wish.pictures);
  add_run_options(line, wish.pictures, true);
  add_output_options(line, wish.pictures, "beside --to, ending in .jsonl");
  add_preprocess_options(line, wish.network);
  add_decode_options(line, wish.pictures, true);
  add_limit_options(line, wish.pictures.decode.limits);
  add_fetch_options(line, wish.pictures.run.fetch);
  wish.pictures.profile.add_options(line);
  if (!parse_pictures(line, arguments, console, wish.pictures)) return false;
  if (!wish.features_file.ends_with(".npy"))
    throw line.usage_error("--to: expected a name that ends in .npy, got '" + wish.features_file + "'");
  return true;
}

int run(EmbedWish& wish, Arguments arguments, Console& console) {
  PictureOptions& pictures = wish.pictures;
  const DevicesChoice devices = devices_of(pictures);
  const Model model = network_of_run(wish.network, pictures, devices, console);
  wish.embed.batch_size = wish.network.batch_size;
  wish.embed.decode = pictures.decode;
  wish.embed.scale = pictures.scale;
  const std::unique_ptr<Task> task = embed_task(model, wish.embed);
  PictureRun run("embed", arguments, *task);
  run.model = &model;
  run.devices = devices.devices;
  run.device_reason = devices.reason;
  run.add_output("--to", {JobOutput::Kind::npy, wish.features_file, embed_width(model, wish.embed), {}});
  if (pictures.output.empty()) pictures.output = rows_beside(wish.features_file, pictures);
  return run_pictures(run, pictures, console);
}

}  // namespace

int embed(Arguments arguments, Console& console) {
  EmbedWish wish;
  if (!parse(arguments, console, wish)) return 0;
  console.set_quiet(wish.pictures.quiet);
  try {
    return run(wish, arguments, console);
  } catch (const Error& error) {
    throw of_verb("embed", error);
  }
}

}  // namespace fovea::cli
