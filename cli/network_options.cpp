#include "network_options.h"

#include "fovea/calibration.h"
#include "fovea/tuning.h"
#include "option_values.h"
#include "pull.h"

namespace fovea::cli {
namespace {

constexpr int largest_side = 16'384;  // of the network's input

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

Model with_labels(const Model& model, const std::string& name) {
  std::vector<std::string> labels;
  try {
    labels = load_labels(name);
  } catch (const Error& error) {
    throw Error(error.code(), "--labels " + name + ": " + error.what());
  }
  if (labels.size() != static_cast<std::size_t>(model.classes()))
    throw Error(Errc::model_format, "--labels " + name + ": expected " + std::to_string(model.classes()) +
                                        " labels, one a class of " + model.name() + ", got " +
                                        std::to_string(labels.size()));
  return model.with_labels(std::move(labels));
}

void check_auto(const NetworkOptions& options) {
  const AutoPrecision& wish = options.auto_precision;
  const char* const given = wish.sample          ? "--sample"
                            : !wish.from.empty() ? "--sample-from"
                            : wish.agreement     ? "--agreement"
                                                 : nullptr;
  if (given && options.precision != "auto")
    throw Error(Errc::invalid_argument, std::string(given) + ": expected --precision auto, got " + options.precision);
}

Model in_precision(const Model& loaded, const NetworkOptions& options, Device device) {
  check_auto(options);
  if (options.conv_tile > 0 && options.precision != "f32")
    throw Error(Errc::invalid_argument, "--conv-tile: expected --precision f32, got " + options.precision);
  if (options.calibration.empty() == (options.precision == "int8"))
    throw Error(Errc::invalid_argument,
                options.calibration.empty()
                    ? "--precision int8: expected --calibration FILE, got none; 'fovea model calibrate' makes one"
                    : "--calibration: expected --precision int8, got " + options.precision);
  const Model model = loaded.to(device);
  if (options.precision == "f32" || options.precision == "auto") return model;
  if (options.precision == "bf16") return model.with_precision(Precision::bf16);
  if (options.precision == "f16") return model.with_precision(Precision::f16);
  try {
    return model.with_int8(load_calibration(options.calibration));
  } catch (const Error& error) {
    throw Error(error.code(), "--calibration " + options.calibration + ": " + error.what());
  }
}

}  // namespace

void add_network_options(CommandLine& line, NetworkOptions& options) {
  line.value("-m,--model", "MODEL", "mini, a name of 'fovea model list', or a file (default: mini)",
             file_name(options.model));
  line.value("-b,--batch-size", "N",
             "at most this many pictures at once through the network (default: 32; a core takes 8)",
             integer(options.batch_size, 1, 4096));
  line.value("--conv-tile", "N",
             "2, 4 or 6: side of the tiles of 3x3 convolutions in f32 on the CPU (default: 2 or 4, by\n"
             "layer); 6 is faster on large layers and rounds four times as coarsely",
             [&options](const std::string& text) {
               options.conv_tile = static_cast<int>(parse_choice(text, {"2", "4", "6"})[0] - '0');
             });
}

void add_labels_option(CommandLine& line, NetworkOptions& options) {
  line.value("--labels", "FILE", "class names, one a line, or imagenet (default: the model's)",
             file_name(options.labels));
}

void add_precision_options(CommandLine& line, NetworkOptions& options) {
  line.value("--precision", "NAME",
             "f32, bf16, f16 on CUDA, int8 with --calibration, or auto on the CPU (default: f32)",
             [&options](const std::string& text) {
               options.precision = parse_choice(text, {"f32", "bf16", "f16", "int8", "auto"});
             });
  line.value("--calibration", "FILE", "of 'fovea model calibrate', for --precision int8",
             file_name(options.calibration));
  AutoPrecision& wish = options.auto_precision;
  line.value("--sample", "N", "of the first inputs, by which --precision auto measures (default: 200)",
             integer(wish.sample, 20, 1'000'000));
  line.value("--sample-from", "FOLDER", "pictures for --precision auto (default: the inputs)", file_name(wish.from));
  line.value("--agreement", "P", "percent of pictures with f32's first class, for --precision auto (default: 99.5)",
             percent(wish.agreement));
}

void add_preprocess_options(CommandLine& line, NetworkOptions& options) {
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
}

Model load_network(const NetworkOptions& options, Console& console, Device device) {
  pull_if_missing(options.model, console);
  Model model = Model::load(options.model);
  if (!options.labels.empty()) model = with_labels(model, options.labels);
  if (options.preprocess.any()) model = model.with_preprocess(overridden(model.preprocess(), options.preprocess));
  if (options.conv_tile > 0) model = with_conv_tile(model, options.conv_tile);
  return in_precision(model, options, device);
}

}  // namespace fovea::cli
