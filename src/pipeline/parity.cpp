#include "fovea/parity.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "fovea/decode_scale.h"
#include "pipeline/preparer.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;

DecodeOptions at(DecodeScale scale, DecodeOptions options, const Preprocess& preprocess) {
  options.channels = preprocess.channels;
  options.shrink_to = shrink_to(scale, preprocess.resize);
  return options;
}

std::ptrdiff_t top(std::span<const float> logits) {
  return std::max_element(logits.begin(), logits.end()) - logits.begin();
}

}  // namespace

struct Parity::State {
  State(const Model& network, const DecodeOptions& decode)
      : model(network),
        preprocess(model.preprocess()),
        exact(preprocess, at(DecodeScale::exact, decode, preprocess)),
        fast(preprocess, at(DecodeScale::fast, decode, preprocess)),
        draft(preprocess, at(DecodeScale::draft, decode, preprocess)),
        portable(preprocess, at(DecodeScale::exact, decode, preprocess), "portable") {}

  Array slot() const { return Array::empty({1, preprocess.channels, preprocess.crop, preprocess.crop}, DType::f32); }

  std::optional<Error> prepare(pipeline::Preparer& preparer, std::span<const std::byte> bytes, const Array& slot,
                               double* seconds) {
    const auto start = Clock::now();
    const Result<pipeline::PictureInfo> info = preparer.from_bytes(bytes, slot[0], unbounded);
    if (seconds) *seconds += std::chrono::duration<double>(Clock::now() - start).count();
    return info ? std::nullopt : std::optional(info.error());
  }

  // The logits of the exact input, computed when first needed.
  const Array& reference_logits(const Array& reference) {
    if (logits.size() == 0) logits = model.run(reference);
    return logits;
  }

  void compare(Agreement& agreement, const Array& reference, const Array& other) {
    const auto a = reference.span<float>(), b = other.span<float>();
    const auto plane = static_cast<std::size_t>(preprocess.crop) * static_cast<std::size_t>(preprocess.crop);
    double most = 0, sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double levels = std::abs(double{a[i]} - double{b[i]}) * 255 * double{preprocess.std[i / plane]};
      most = std::max(most, levels);
      sum += levels;
    }
    double logit = 0;
    bool flips = false;
    const bool equal = std::equal(a.begin(), a.end(), b.begin());
    if (!equal) {
      const Array others = model.run(other);
      const auto x = reference_logits(reference).span<float>(), y = others.span<float>();
      for (std::size_t i = 0; i < x.size(); ++i) logit = std::max(logit, std::abs(double{x[i]} - double{y[i]}));
      flips = top(x) != top(y);
    }
    const auto add_to_mean = [n = static_cast<double>(++agreement.pictures)](double& mean, double value) {
      mean += (value - mean) / n;
    };
    agreement.equal += equal;
    agreement.max_pixel = std::max(agreement.max_pixel, most);
    add_to_mean(agreement.mean_pixel, sum / static_cast<double>(a.size()));
    agreement.max_logit = std::max(agreement.max_logit, logit);
    add_to_mean(agreement.mean_logit, logit);
    agreement.top1_flips += flips;
  }

  Model model;
  const Preprocess preprocess;
  pipeline::Preparer exact, fast, draft, portable;
  pipeline::Budget unbounded{std::numeric_limits<std::int64_t>::max()};
  Array logits;
  ParityReport report;
};

Parity::Parity(const Model& model, const DecodeOptions& decode) : state_(std::make_unique<State>(model, decode)) {}
Parity::~Parity() = default;

std::optional<Error> Parity::add(std::span<const std::byte> picture, const Array* peer) {
  State& s = *state_;
  const Array reference = s.slot(), other = s.slot();
  if (peer && (peer->dtype() != DType::f32 || peer->shape() != reference[0].shape() || !peer->contiguous()))
    throw Error(Errc::invalid_argument, "parity: expected a peer's input f32 " + to_string(reference[0].shape()) +
                                            ", got " + std::string(name(peer->dtype())) + " " +
                                            to_string(peer->shape()));
  ++s.report.pictures;
  s.logits = {};
  std::optional<Error> error = s.prepare(s.exact, picture, reference, &s.report.exact_seconds);
  if (!error) error = s.prepare(s.fast, picture, other, &s.report.fast_seconds);
  if (error) {
    ++s.report.failed;
    return error;
  }
  s.compare(s.report.fast, reference, other);
  if (auto refused = s.prepare(s.draft, picture, other, &s.report.draft_seconds)) throw *refused;
  s.compare(s.report.draft, reference, other);
  if (auto refused = s.prepare(s.portable, picture, other, nullptr)) throw *refused;
  s.compare(s.report.portable, reference, other);
  if (peer) s.compare(s.report.peer, reference, peer->reshape(reference.shape()));
  return std::nullopt;
}

const ParityReport& Parity::report() const {
  return state_->report;
}

}  // namespace fovea
