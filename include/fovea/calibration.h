#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "fovea/array.h"
#include "fovea/model.h"

namespace fovea {

// Up to where the values of a network's layers matter, as pictures showed it: what int8 needs.
struct Calibration {
  std::string fingerprint;              // of the model's file; empty for one from memory
  std::int64_t pictures = 0;            // that were seen
  std::map<std::string, float> ranges;  // largest magnitude that is kept, by the layer's name

  std::string digest() const;  // sha256 of all of it, 64 lower-case digits
};

// Runs pictures through a network in f32 and counts the values behind each convolution. The range of a layer is the one
// with the least expected square error between its values and those that 8 bits give back: rounding inside, clipping
// outside (as in Banner et al., Post training 4-bit quantization, 2019, on the counted values instead of a fitted
// distribution). The result is the same for any order and batches of the pictures and any number of threads. One thread
// at a time.
class Calibrator {
 public:
  // A model on the CPU. Throws Error(unsupported) for one on a device.
  explicit Calibrator(const Model&);
  ~Calibrator();
  Calibrator(const Calibrator&) = delete;
  Calibrator& operator=(const Calibrator&) = delete;

  // f32 [n, channels, crop, crop], made ready as the model's preprocessing says. Takes about the time of run() and 1 ns
  // a value of each layer. Throws Error: invalid_argument for another shape or type, model_format when a layer gives no
  // finite value.
  void add(const Array& batch);
  Calibration result() const;  // throws Error(nothing_to_do) without pictures

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// JSON. Throws what writing files throws.
void save_calibration(const Calibration&, const std::filesystem::path&);
// Throws Error: those of reading files, corrupt with the reason for what is no such file.
Calibration load_calibration(const std::filesystem::path&);

}  // namespace fovea
