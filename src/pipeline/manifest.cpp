#include "pipeline/manifest.h"

#include <fmt/format.h>

#include "fovea/calibration.h"
#include "fovea/tuning.h"

namespace fovea::pipeline {

void describe(Manifest& manifest, const Model& model) {
  const Preprocess& p = model.preprocess();
  const std::string& hash = model.fingerprint();
  manifest.emplace_back("model", hash.empty() ? model.name() : "sha256:" + hash);
  std::string precision(name(model.precision()));
  if (model.calibration()) precision += " by sha256:" + model.calibration()->digest();
  manifest.emplace_back("precision", precision);
  const std::string kernels = choices_digest(model);
  manifest.emplace_back("kernels", kernels.empty() ? "by layer" : "sha256:" + kernels);
  manifest.emplace_back("resize", std::to_string(p.resize));
  manifest.emplace_back("crop", std::to_string(p.crop));
  manifest.emplace_back("input-channels", std::to_string(p.channels));
  manifest.emplace_back("interpolation", p.interpolation);
  manifest.emplace_back("mean", fmt::format("{}", fmt::join(p.mean, ",")));
  manifest.emplace_back("std", fmt::format("{}", fmt::join(p.std, ",")));
}

void describe(Manifest& manifest, const Limits& limits) {
  const std::pair<const char*, std::int64_t> values[] = {{"max-pixels", limits.max_pixels},
                                                         {"max-side", limits.max_side},
                                                         {"max-bytes", limits.max_encoded_bytes},
                                                         {"max-decoded-bytes", limits.max_decoded_bytes},
                                                         {"max-metadata", limits.max_metadata_bytes},
                                                         {"max-scans", limits.max_scans},
                                                         {"max-chunks", limits.max_chunks}};
  for (const auto& [name, value] : values) manifest.emplace_back(name, std::to_string(value));
}

void describe(Manifest& manifest, const DecodeOptions& options) {
  manifest.emplace_back("orient", options.orient ? "yes" : "no");
  manifest.emplace_back("background", options.background < 0 ? "none" : fmt::format("{:06x}", options.background));
  manifest.emplace_back("shrink-to", std::to_string(options.shrink_to));
  describe(manifest, options.limits);
}

}  // namespace fovea::pipeline
