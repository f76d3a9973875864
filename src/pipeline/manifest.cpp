#include "pipeline/manifest.h"

#include <fmt/format.h>

#include "base/sha256.h"

namespace fovea::pipeline {

void add_model(Manifest& manifest, const Model& model) {
  const Preprocess& p = model.preprocess();
  manifest.emplace_back("model", model.name());
  manifest.emplace_back("model sha256", model.fingerprint());
  const std::string labels = fmt::format("{}", fmt::join(model.labels(), "\n"));
  manifest.emplace_back("labels sha256", sha256_hex(std::as_bytes(std::span(labels))));
  manifest.emplace_back("resize", std::to_string(p.resize));
  manifest.emplace_back("crop", std::to_string(p.crop));
  manifest.emplace_back("channels", std::to_string(p.channels));
  manifest.emplace_back("interpolation", p.interpolation);
  manifest.emplace_back("mean", fmt::format("{}", fmt::join(p.mean, ",")));
  manifest.emplace_back("std", fmt::format("{}", fmt::join(p.std, ",")));
}

void add_decoding(Manifest& manifest, const DecodeOptions& options) {
  const Limits& limits = options.limits;
  manifest.emplace_back("exif", options.orient ? "yes" : "no");
  manifest.emplace_back("background", std::to_string(options.background));
  manifest.emplace_back("decode", options.shrink_to > 0 ? fmt::format("fast {}", options.shrink_to) : "exact");
  manifest.emplace_back("max pixels", std::to_string(limits.max_pixels));
  manifest.emplace_back("max side", std::to_string(limits.max_side));
  manifest.emplace_back("max bytes", std::to_string(limits.max_encoded_bytes));
  manifest.emplace_back("max scans", std::to_string(limits.max_scans));
  manifest.emplace_back("max metadata", std::to_string(limits.max_metadata_bytes));
}

}  // namespace fovea::pipeline
