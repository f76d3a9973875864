#include "fovea/classify.h"

#include "auto_precision.h"
#include "network_options.h"
#include "option_values.h"
#include "picture_run.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea classify cat.jpg dog.png\n"
    "  fovea classify photos/ -o rows.jsonl --json-summary run.json\n"
    "  fovea classify 'shards/train-{0000..0099}.tar' -m resnet50.pth --labels imagenet --format csv -o rows.csv\n"
    "  fovea classify --from urls.txt -o rows.jsonl --max-failures 1%\n"
    "  fovea classify --from urls.txt -o rows.jsonl --retry-failed=TIMEOUT\n"
    "  fovea classify -- -name-with-a-dash.jpg\n";

struct ClassifyWish {
  PictureOptions pictures;
  NetworkOptions network;
  ClassifyOptions classify;
  std::string logits_file;
};

bool parse(Arguments arguments, const Console& console, ClassifyWish& options) {
  CommandLine line(
      "classify", "INPUT...",
      "Says what is on pictures: one row for each input, in order. Inputs are files, folders, tar shards,\n"
      "URLs, or '-' for a list or a tar on standard input.",
      std::string(examples) + exit_statuses);
  add_network_options(line, options.network);
  add_precision_options(line, options.network);
  line.value("--topk", "N", "classes in a row (default: 5)", integer(options.classify.topk, 1, 1'000'000));
  add_labels_option(line, options.network);
  add_input_options(line, options.pictures);
  add_run_options(line, options.pictures, true);
  options.pictures.output = "-";
  add_output_options(line, options.pictures, "standard output");
  line.value("--save-logits", "FILE.npy", "the network's raw outputs, f32 [rows, classes]",
             file_name(options.logits_file));
  add_preprocess_options(line, options.network);
  add_decode_options(line, options.pictures, true);
  add_limit_options(line, options.pictures.decode.limits);
  add_fetch_options(line, options.pictures.run.fetch);
  options.pictures.profile.add_options(line);
  return parse_pictures(line, arguments, console, options.pictures);
}

int run(ClassifyWish& wish, Arguments arguments, Console& console) {
  PictureOptions& pictures = wish.pictures;
  const DevicesChoice devices = devices_of(pictures);
  const Model model = network_of_run(wish.network, pictures, devices, console);
  if (model.labels().empty())
    console.note(
        "the model file has no labels: rows carry class numbers; --labels FILE or --labels imagenet names them");
  wish.classify.batch_size = wish.network.batch_size;
  wish.classify.logits = !wish.logits_file.empty();
  wish.classify.decode = pictures.decode;
  wish.classify.scale = pictures.scale;
  const std::unique_ptr<Task> task = classify_task(model, wish.classify);
  PictureRun run("classify", arguments, *task);
  run.model = &model;
  run.devices = devices.devices;
  run.device_reason = devices.reason;
  if (!wish.logits_file.empty()) {
    run.add_output("--save-logits", {JobOutput::Kind::npy, wish.logits_file, model.classes(), {}});
  }
  return run_pictures(run, pictures, console);
}

}  // namespace

int classify(Arguments arguments, Console& console) {
  ClassifyWish options;
  if (!parse(arguments, console, options)) return 0;
  console.set_quiet(options.pictures.quiet);
  try {
    return run(options, arguments, console);
  } catch (const Error& error) {
    throw of_verb("classify", error);
  }
}

}  // namespace fovea::cli
