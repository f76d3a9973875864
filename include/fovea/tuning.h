#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fovea/model.h"

namespace fovea {

// One step of a network on the CPU.
struct StepTime {
  std::vector<std::string> layers;  // of Model::layers(), that it computes; none: it moves channels
  std::string op, variant, method;  // "conv2d", "winograd", "F(4x4)"; the method may be empty
  Shape output;                     // of all pictures
  double seconds = 0;               // the median of the rounds
  double operations = 0;            // of convolutions and linear layers by direct sums, a multiply-add being two
};
struct StepTimes {
  int pictures = 0, threads = 0, rounds = 0;
  std::vector<StepTime> steps;
  double seconds = 0;           // the sum of the medians
  double operations_limit = 0;  // a second on `threads`, measured beside: multiply_add_limit(f32)
};

// Runs the network on random pictures, `pictures` (1 to 64) together by `threads` threads (0: the budget), and times
// its steps. Direct sums do more operations than Winograd's convolutions, which therefore may pass the limit. Throws
// Error: invalid_argument for numbers out of range or a model on a device.
StepTimes time_steps(const Model&, int pictures = 1, int threads = 0, int rounds = 9);

// What tune() measures: a picture alone on all threads, or batches of 8 on one thread.
enum class TuningGoal : std::uint8_t { latency, throughput };

struct TunedLayer {
  std::string layer, variant, method;
  std::string default_variant, default_method;
  double seconds = 0, default_seconds = 0;
  bool changed() const { return variant != default_variant || method != default_method; }
};
struct Tuning {
  std::filesystem::path file;
  std::vector<TunedLayer> layers;  // convolutions for which there is a choice
};

// Measures the variants of each convolution of a model on this CPU, among Winograd's tiles of 2 and 4 and the others
// that take it, and keeps the table in the cache folder. Model::load() then uses it for this CPU, version and file,
// whatever the batch and the threads: the bits of a row depend on neither, but a table may change last digits. Throws
// Error: invalid_argument for a model without a fingerprint or on a device, not_found without a cache folder, io,
// permission.
Tuning tune(const Model&, TuningGoal = TuningGoal::throughput);

// The model with Winograd's convolutions of 3x3 windows by tiles of 2, 4 or 6 outputs a side. 6 is for stride 1 and
// pictures of at least 12 x 12 and leaves others as they are: it multiplies least and rounds about four times as
// coarsely as 4. Throws Error: invalid_argument for another tile or a model on a device.
Model with_conv_tile(const Model&, int tile);

// SHA-256 of the kernels that a table or with_conv_tile() has chosen for the model, 64 lower-case digits; empty when
// none were.
std::string choices_digest(const Model&);

// Where the model's table is or would be; empty without a fingerprint or a cache folder.
std::filesystem::path tuning_file(const Model&);

}  // namespace fovea
