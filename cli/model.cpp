#include "fovea/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "calibrate.h"
#include "fovea/processor.h"
#include "model_speed.h"
#include "progress_line.h"
#include "pull.h"
#include "table.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr int wide_cell = 160;

std::string mebibytes(std::int64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(1 << 20));
}

int list(Arguments arguments, Console& console) {
  CommandLine line("model list", "", "Models that --model knows by name.", "  fovea model list");
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 0, 0);
  const std::vector<ZooEntry> zoo = model_zoo();
  std::vector<TableRow> rows{{"NAME", "SIZE", "STATE", "DESCRIPTION"}};
  rows.push_back({"mini", "", "embedded",
                  "ten everyday classes, 32x32; a demonstration (" + Model::load("mini").architecture() + ")"});
  for (const ZooEntry& entry : zoo)
    rows.push_back({entry.name, mebibytes(entry.bytes), entry.cached ? "cached" : "not here", entry.description});
  console.print(format_table(rows, "lrll", wide_cell));
  return 0;
}

// What 'fovea embed' gives by default.
std::string features_of(const Model& model) {
  const Model features = model.with_output("", Pooling::average);
  return fmt::format("{} of {}; 'fovea embed --layer' takes any layer below, or a block of them",
                     features.output().front(), features.layers().back().name);
}

std::string describe(const Model& model, const std::vector<LayerInfo>& layers) {
  const Preprocess& preprocess = model.preprocess();
  const auto multiply_adds =
      std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                      [](std::int64_t sum, const LayerInfo& l) { return sum + l.multiply_adds; });
  return fmt::format(
      "name           {}\narchitecture   {}\nsha256         {}\nparameters     {}\nmultiply-adds  {} a picture\n"
      "classes        {}\nlabels         {}\nfeatures       {}\n"
      "preprocessing  {} channels, shorter side {} ({}), centre crop {}, mean {}, std {}\n\n",
      model.name(), model.architecture(), model.fingerprint(), model.parameters(), multiply_adds, model.classes(),
      model.labels().size(), features_of(model), preprocess.channels, preprocess.resize, preprocess.interpolation,
      preprocess.crop, fmt::join(preprocess.mean, ","), fmt::join(preprocess.std, ","));
}

int show(Arguments arguments, Console& console) {
  CommandLine line("model show", "MODEL", "What a model is made of: a name, or a file.",
                   "  fovea model show mini\n  fovea model show resnet50.pth");
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  const Model model = load_for("model show", operands[0], console);
  const std::vector<LayerInfo> layers = model.layers();
  std::vector<TableRow> rows{{"LAYER", "OP", "OUTPUT", "PARAMETERS", "MULTIPLY-ADDS"}};
  for (const LayerInfo& layer : layers)
    rows.push_back({layer.name, layer.op, to_string(layer.output), std::to_string(layer.parameters),
                    std::to_string(layer.multiply_adds)});
  console.print(describe(model, layers) + format_table(rows, "lllrr"));
  return 0;
}

int pull(Arguments arguments, Console& console) {
  CommandLine line(
      "model pull", "NAME", "Downloads a model of 'fovea model list' into the cache and checks its sha256.",
      "  fovea model pull resnet18\n  fovea model pull resnet18 --url https://mirror.example/resnet18.pth");
  PullOptions options;
  bool quiet = false;
  line.value("--url", "URL", "where to get it (default: $FOVEA_MODEL_URL, else the publisher)",
             [&options](const std::string& text) { options.url = text; });
  line.flag("-q,--quiet", "only errors on standard error", quiet);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  console.set_quiet(quiet);
  std::filesystem::path file;
  try {
    ProgressLine progress(console);
    options.progress = [&progress](std::int64_t done, std::int64_t total) { progress.bytes(done, total); };
    file = pull_model(operands[0], options);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("model pull {}: {}", operands[0], error.what()));
  }
  console.print(file.native() + "\n");
  return 0;
}

}  // namespace

int model(Arguments arguments, Console& console) {
  if (!arguments.empty()) {
    if (arguments[0] == "list") return list(arguments.subspan(1), console);
    if (arguments[0] == "show") return show(arguments.subspan(1), console);
    if (arguments[0] == "pull") return pull(arguments.subspan(1), console);
    if (arguments[0] == "calibrate") return calibrate(arguments.subspan(1), console);
    if (arguments[0] == "explain") return model_explain(arguments.subspan(1), console);
    if (arguments[0] == "tune") return model_tune(arguments.subspan(1), console);
    if (arguments[0] == "--help" || arguments[0] == "-h") {
      console.print(
          "Usage: fovea model list\n       fovea model show MODEL\n       fovea model pull NAME [--url URL]\n"
          "       fovea model explain MODEL [--batch N] [--threads N]\n       fovea model tune MODEL [--for GOAL]\n"
          "       fovea model calibrate INPUT... -m MODEL -o FILE\n\n"
          "Examples:\n  fovea model list\n  fovea model show mini\n  fovea model pull resnet18\n\n"
          "See also: fovea help model show, pull, explain, tune or calibrate\n");
      return 0;
    }
  }
  throw Error(
      Errc::invalid_argument,
      fmt::format("model: expected list, show, pull, explain, tune or calibrate, got {} (see: fovea help model)",
                  arguments.empty() ? "nothing" : "'" + arguments[0] + "'"));
}

}  // namespace fovea::cli
