#include "classify_options.h"

#include <limits>

namespace fovea::cli {
namespace {

constexpr auto unbounded = std::numeric_limits<std::int64_t>::max();
constexpr int largest = std::numeric_limits<int>::max();
constexpr int largest_side = 16'384;  // of the network's input

constexpr const char* examples =
    "  fovea classify cat.jpg dog.png\n"
    "  fovea classify photos/ -o rows.jsonl --json-summary run.json\n"
    "  fovea classify photos/ -m resnet50.pth --labels imagenet --format csv -o rows.csv\n"
    "  fovea classify -q --max-failures 1% photos/ > rows.jsonl\n"
    "  fovea classify -- -name-with-a-dash.jpg\n"
    "Exit status: 0 done, 2 usage, 3 too many failures, 4 no inputs, 65 model or data refused, 69 no such device,\n"
    "  74 output failed, 75 interrupted";

template <class T>
auto integer(T& target, std::int64_t minimum, std::int64_t maximum) {
  return [&target, minimum, maximum](const std::string& text) {
    target = static_cast<int>(parse_integer(text, minimum, maximum));
  };
}
auto wide(std::int64_t& target) {
  return [&target](const std::string& text) { target = parse_integer(text, 1, unbounded); };
}
auto size(std::int64_t& target) {
  return [&target](const std::string& text) { target = parse_size(text); };
}
auto numbers(std::optional<std::vector<float>>& target) {
  return [&target](const std::string& text) { target = parse_numbers(text); };
}
auto file_name(std::string& target) {
  return [&target](const std::string& text) {
    if (text.empty()) throw Error(Errc::invalid_argument, "expected a name, got an empty text");
    target = text;
  };
}

void add_run_options(CommandLine& line, ClassifyOptions& options) {
  ImageProcessor::Options& processor = options.processor;
  line.value("-m,--model", "MODEL", "mini, a name of 'fovea model list', or a file (default: mini)",
             file_name(processor.model));
  line.value("-b,--batch-size", "N",
             "at most this many pictures at once through the network (default: 32; a core takes 8)",
             integer(processor.batch_size, 1, 4096));
  line.value("-j,--workers", "N", "threads (default: as many as this process may use)",
             integer(processor.workers, 1, 4096));
  line.value("--topk", "N", "classes in a row (default: 5)", integer(processor.topk, 1, 1'000'000));
  line.value("--device", "DEVICE", "auto, cpu, cuda or cuda:N (default: auto)", file_name(processor.device));
  line.value("--labels", "FILE", "class names, one a line, or imagenet (default: the model's)",
             file_name(options.labels));
  line.value("--max-failures", "N|P%", "more failed pictures stop the run with status 3 (default: no limit)",
             [&options](const std::string& text) { options.failures = parse_failures(text); });
}

void add_output_options(CommandLine& line, ClassifyOptions& options) {
  line.group("Output");
  line.value("-o,--output", "FILE", "rows go here (default: standard output)", file_name(options.output));
  line.value("--format", "FORMAT", "jsonl or csv (default: jsonl)", [&options](const std::string& text) {
    options.format = parse_choice(text, {"jsonl", "csv"});
  });
  line.value("--save-logits", "FILE.npy", "the network's raw outputs, f32 [rows, classes]",
             file_name(options.logits_file));
  line.value("--json-summary", "FILE", "facts of the run as one JSON object", file_name(options.summary_file));
  line.flag("-q,--quiet", "only errors on standard error", options.quiet);
}

void add_preprocess_options(CommandLine& line, ClassifyOptions& options) {
  line.group("Preprocessing, instead of the model's");
  PreprocessOverrides& preprocess = options.preprocess;
  line.value("--resize", "N", "pixels of the shorter side", integer(preprocess.resize, 1, largest_side));
  line.value("--crop", "N", "pixels of the square that the network sees", integer(preprocess.crop, 1, largest_side));
  line.value(
      "--interpolation", "NAME", "nearest, box, bilinear, hamming, bicubic or lanczos",
      [&preprocess](const std::string& text) {
        preprocess.interpolation = parse_choice(text, {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"});
      });
  line.value("--mean", "A,B,C", "subtracted from values in 0..1, one a channel", numbers(preprocess.mean));
  line.value("--std", "A,B,C", "divided by, one a channel", [&preprocess](const std::string& text) {
    preprocess.std = parse_numbers(text);
    for (const float value : *preprocess.std)
      if (!(value > 0)) throw Error(Errc::invalid_argument, "expected numbers above 0, got '" + text + "'");
  });
  line.value("--background", "COLOUR", "under transparent pixels: RRGGBB, white or black (default: alpha is dropped)",
             [&options](const std::string& text) { options.processor.decode.background = parse_colour(text); });
  line.flag("--no-exif", "do not turn pictures as their EXIF orientation says", options.processor.decode.orient, false);
}

void add_limit_options(CommandLine& line, Limits& limits) {
  line.group("Limits of a picture");
  line.value("--max-pixels", "N", "width times height (default: 180000000)", wide(limits.max_pixels));
  line.value("--max-side", "N", "width or height (default: 65535)", wide(limits.max_side));
  line.value("--max-bytes", "SIZE", "of the file (default: 64M)", size(limits.max_encoded_bytes));
  line.value("--max-scans", "N", "of a progressive JPEG (default: 100)", integer(limits.max_scans, 1, largest));
  line.value("--max-metadata", "SIZE", "of EXIF, profiles and text (default: 8M)", size(limits.max_metadata_bytes));
}

Error refused(std::string_view option, const std::string& wanted, std::size_t got) {
  return Error(Errc::invalid_argument, std::string(option) + ": expected " + wanted + ", got " + std::to_string(got));
}

Preprocess overridden(Preprocess result, const PreprocessOverrides& overrides) {
  const auto channels = static_cast<std::size_t>(result.channels);
  const std::string wanted = std::to_string(channels) + (channels == 1 ? " number" : " numbers") + " for this model";
  if (overrides.mean && overrides.mean->size() != channels) throw refused("--mean", wanted, overrides.mean->size());
  if (overrides.std && overrides.std->size() != channels) throw refused("--std", wanted, overrides.std->size());
  result.resize = overrides.resize.value_or(result.resize);
  result.crop = overrides.crop.value_or(result.crop);
  if (result.crop > result.resize)
    throw refused(overrides.crop ? "--crop" : "--resize",
                  "a crop of at most the shorter side, " + std::to_string(result.resize),
                  static_cast<std::size_t>(result.crop));
  result.interpolation = overrides.interpolation.value_or(result.interpolation);
  result.mean = overrides.mean.value_or(result.mean);
  result.std = overrides.std.value_or(result.std);
  return result;
}

}  // namespace

bool parse_classify(Arguments arguments, const Console& console, ClassifyOptions& options) {
  CommandLine line("classify", "INPUT...",
                   "Says what is on pictures: one row for each file, in order. Folders are "
                   "searched.",
                   examples);
  add_run_options(line, options);
  add_output_options(line, options);
  add_preprocess_options(line, options);
  add_limit_options(line, options.processor.decode.limits);
  options.profile.add_options(line);
  if (!line.parse(arguments, options.inputs, console)) return false;
  line.require(options.inputs, 1, options.inputs.size());
  options.processor.logits = !options.logits_file.empty();
  options.processor.max_failures = options.failures.count;
  options.processor.max_failed_fraction = options.failures.fraction;
  return true;
}

Model adapted(const Model& model, const ClassifyOptions& options) {
  Model result = model;
  if (!options.labels.empty()) {
    std::vector<std::string> labels;
    try {
      labels = load_labels(options.labels);
    } catch (const Error& error) {
      throw Error(error.code(), "--labels " + options.labels + ": " + error.what());
    }
    if (labels.size() != static_cast<std::size_t>(model.classes()))
      throw Error(Errc::model_format, "--labels " + options.labels + ": expected " + std::to_string(model.classes()) +
                                          " labels, one a class of " + model.name() + ", got " +
                                          std::to_string(labels.size()));
    result = result.with_labels(std::move(labels));
  }
  if (options.preprocess.any()) result = result.with_preprocess(overridden(model.preprocess(), options.preprocess));
  return result;
}

}  // namespace fovea::cli
