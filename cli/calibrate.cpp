#include "calibrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/calibration.h"
#include "fovea/processor.h"
#include "fovea/source.h"
#include "network_options.h"
#include "option_values.h"
#include "printable.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea model calibrate photos/ -m resnet50.pth -o resnet50.calibration.json\n"
    "  fovea classify photos/ -m resnet50.pth --precision int8 --calibration resnet50.calibration.json\n"
    "Exit status: 0 written, 2 usage, 4 no inputs, 3 no picture could be read, 65 model refused, 74 not written";

struct CalibrateWish {
  std::vector<std::string> inputs;
  NetworkOptions network;
  std::string output;
  int most = 256;
  bool quiet = false;
};

bool parse(Arguments arguments, const Console& console, CalibrateWish& wish) {
  CommandLine line(
      "model calibrate", "INPUT...",
      "Up to where the values of a network's layers matter on your pictures: what --precision int8 needs.\n"
      "Inputs are files and folders; a hundred pictures like those to come are enough.",
      examples);
  add_network_options(line, wish.network);
  line.value("-o,--output", "FILE", "the calibration, JSON", file_name(wish.output));
  line.value("--most", "N", "pictures, evenly spread over the inputs (default: 256)", integer(wish.most, 1, 1'000'000));
  line.flag("-q,--quiet", "only errors on standard error", wish.quiet);
  add_preprocess_options(line, wish.network);
  if (!line.parse(arguments, wish.inputs, console)) return false;
  line.require(wish.inputs, 1, wish.inputs.size());
  if (wish.output.empty()) throw line.usage_error("expected -o FILE, got none");
  return true;
}

int run(const CalibrateWish& wish, Console& console) {
  const std::vector<std::string> paths = list_inputs(wish.inputs);
  if (paths.empty()) throw Error(Errc::nothing_to_do, "expected pictures, got folders without files");
  ImageProcessor::Options on_cpu;
  on_cpu.device = "cpu";
  ImageProcessor processor(on_cpu);
  processor.load_model(load_network(wish.network, console));
  Calibrator calibrator(processor.model());
  const std::size_t count = std::min(paths.size(), static_cast<std::size_t>(wish.most));
  std::int64_t read = 0;
  for (std::size_t i = 0; i < count; ++i) {
    console.status(fmt::format("{} of {}", i, count));
    const std::string& path = paths[i * paths.size() / count];
    const Result<Array> picture = processor.preprocess(std::filesystem::path(path));
    if (!picture) {
      console.note(fmt::format("{}: {}: {}", printable(path), name(picture.error().code()), picture.error().what()));
      continue;
    }
    Shape one = picture.value().shape();
    one.insert(one.begin(), 1);
    calibrator.add(picture.value().reshape(one));
    ++read;
  }
  console.clear_status();
  if (read == 0) throw Error(Errc::too_many_failures, "expected a picture that can be read, got none");
  save_calibration(calibrator.result(), wish.output);
  console.note(fmt::format("{}: {} pictures", printable(wish.output), read));
  return 0;
}

}  // namespace

int calibrate(Arguments arguments, Console& console) {
  CalibrateWish wish;
  if (!parse(arguments, console, wish)) return 0;
  console.set_quiet(wish.quiet);
  try {
    return run(wish, console);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("model calibrate: {}", error.what()));
  }
}

}  // namespace fovea::cli
