#pragma once
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "fovea/model.h"

namespace fovea::cli {

struct PreprocessOverrides {
  std::optional<int> resize, crop;
  std::optional<std::string> interpolation;
  std::optional<std::vector<float>> mean, std;
  bool any() const { return resize || crop || interpolation || mean || std; }
};

// How --precision auto finds out.
struct AutoPrecision {
  std::optional<int> sample;        // pictures, 200
  std::string from;                 // a folder of them; empty: the run's own inputs
  std::optional<double> agreement;  // percent, 99.5
};

// The network of a verb, and how pictures are made ready for it.
struct NetworkOptions {
  std::string model = "mini";
  std::string labels;  // a file or "imagenet"; empty: the model's
  int batch_size = 32;
  std::string precision = "f32";  // or "bf16", "f16", "int8", "auto"
  std::string calibration;        // a file, for int8
  AutoPrecision auto_precision;
  int conv_tile = 0;  // of Winograd's convolutions; 0: by layer
  PreprocessOverrides preprocess;
};

void add_network_options(CommandLine&, NetworkOptions&);
void add_labels_option(CommandLine&, NetworkOptions&);
void add_precision_options(CommandLine&, NetworkOptions&);
void add_preprocess_options(CommandLine&, NetworkOptions&);

// On the device, with what the options say instead of the model's own; downloads it if need be. In f32 for the
// precision auto. Errors name the option.
Model load_network(const NetworkOptions&, Console&, Device = Device::cpu());

}  // namespace fovea::cli
