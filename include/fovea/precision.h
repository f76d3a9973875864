#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fovea/calibration.h"
#include "fovea/model.h"

namespace fovea {

// How a network in one precision did beside f32, on the same pictures.
struct PrecisionResult {
  Precision precision = Precision::f32;
  double pictures_per_second = 0;           // by the median of the rounds
  std::int64_t pictures = 0, agreeing = 0;  // judged; of these, whose most probable class is f32's
  double worst_logit_error = 0;  // of any logit, relative to the largest magnitude of its picture's f32 logits
  std::string unavailable;       // why it could not be measured; empty otherwise
  std::string verdict;           // "chosen", or why not: one clause
};

// What a network is to be run in, and what that rests on.
struct PrecisionChoice {
  Precision precision = Precision::f32;
  std::optional<Calibration> calibration;   // of int8
  double agreement = 0;                     // the part of the pictures that had to agree
  std::int64_t pictures = 0, agreeing = 0;  // that were judged in this precision
  std::string measured;                     // UTC, "2026-01-31T23:59:59Z"
};

struct PrecisionTrial {
  std::vector<PrecisionResult> results;  // of f32, bf16, int8
  PrecisionChoice choice;
};

struct PrecisionTrialOptions {
  double agreement = 0.995;  // the least part of the pictures whose most probable class must be f32's; above 0, to 1
  int batch_size = 32;       // of the run that is to come; a thread takes at most 8
  int threads = 0;           // 0: the budget
  int rounds = 7;            // 1 to 1000
};

inline constexpr std::int64_t least_trial_pictures = 20;

// Runs a model with classes, on the CPU and in f32, in f32, bf16 and int8. Every other picture calibrates int8; the
// rest are judged. Batches of min(batch_size, 8) pictures a thread are timed in turn. Chosen is the fastest of those
// that agree and that are at least 5 % faster than f32; else f32. Pictures: f32 [channels, crop, crop], at least
// least_trial_pictures. Takes about the time of four runs over the pictures and of the rounds. Throws Error:
// invalid_argument for another model, shape or options, model_format when a layer gives no finite value.
PrecisionTrial try_precisions(const Model&, std::span<const Array> pictures, const PrecisionTrialOptions& = {});

// The model in the precision that was chosen. Throws what Model::with_precision() and Model::with_int8() throw.
Model with_choice(const Model&, const PrecisionChoice&);

// Where the choice for this model, preprocessing, CPU and version is or would be; empty for a model from memory or
// without a cache folder.
std::filesystem::path precision_file(const Model&);
// Nothing if there is none. Throws Error: corrupt for a damaged file or one of another model or CPU, and those of
// reading; messages name the file.
std::optional<PrecisionChoice> remembered_precision(const Model&);
// Replaces the file at once as a whole. Throws Error: not_found where precision_file() is empty, io, permission.
void remember_precision(const Model&, const PrecisionChoice&);

}  // namespace fovea
