#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "base/threads.h"
#include "fovea/limits.h"
#include "fovea/precision.h"
#include "model/precision_verdict.h"
#include "model/session.h"

namespace fovea {
namespace {

constexpr std::int64_t accuracy_batch = 32;

void check(const Model& model, std::span<const Array> pictures, const PrecisionTrialOptions& options) {
  const auto refused = [](const std::string& text) { return Error(Errc::invalid_argument, "precision: " + text); };
  if (model.device() != Device::cpu() || model.precision() != Precision::f32 || model.classes() == 0)
    throw refused("expected a model with classes in f32 on the CPU, got another");
  if (!(options.agreement > 0 && options.agreement <= 1) || options.batch_size < 1 || options.threads < 0 ||
      options.rounds < 1 || options.rounds > 1000)
    throw refused(
        "expected an agreement above 0, to 1, batch_size of at least 1, threads of at least 0 and 1 to 1000 "
        "rounds");
  if (static_cast<std::int64_t>(pictures.size()) < least_trial_pictures)
    throw refused("expected at least " + std::to_string(least_trial_pictures) + " pictures, got " +
                  std::to_string(pictures.size()));
  const Preprocess& preprocess = model.preprocess();
  const Shape wanted{preprocess.channels, preprocess.crop, preprocess.crop};
  for (const Array& picture : pictures)
    if (picture.dtype() != DType::f32 || picture.shape() != wanted)
      throw refused("expected pictures f32 " + to_string(wanted) + ", got " + std::string(name(picture.dtype())) + " " +
                    to_string(picture.shape()));
}

// Pictures first, first + step... of a sample, `count` of them from the index-th on, round and round.
class Part {
 public:
  Part(std::span<const Array> sample, std::size_t first, std::size_t step) {
    for (std::size_t i = first; i < sample.size(); i += step) pictures_.push_back(&sample[i]);
  }
  std::int64_t size() const { return static_cast<std::int64_t>(pictures_.size()); }

  Array batch(std::int64_t index, std::int64_t count) const {
    Shape shape = pictures_[0]->shape();
    shape.insert(shape.begin(), count);
    const Array batch = Array::empty(shape, DType::f32);
    for (std::int64_t n = 0; n < count; ++n) {
      const Array& picture = *pictures_[static_cast<std::size_t>((index + n) % size())];
      const Array dense = picture.contiguous() ? picture : picture.copy();
      const auto values = dense.span<float>();
      std::copy(values.begin(), values.end(), batch[n].span<float>().begin());
    }
    return batch;
  }

 private:
  std::vector<const Array*> pictures_;
};

Calibration calibrated(const Model& model, const Part& part) {
  Calibrator calibrator(model);
  for (std::int64_t i = 0; i < part.size(); i += accuracy_batch)
    calibrator.add(part.batch(i, std::min(accuracy_batch, part.size() - i)));
  return calibrator.result();
}

// The network in one of the precisions, and how it does.
struct Contender {
  PrecisionResult result;
  std::optional<Model> model;
  std::vector<double> seconds = {};
};

Contender contender(const Model& model, Precision precision, const Calibration& calibration) {
  Contender made{{precision, 0, 0, 0, 0, "", ""}, std::nullopt};
  try {
    made.model = precision == Precision::int8 ? model.with_int8(calibration) : model.with_precision(precision);
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported) throw;
    made.result.unavailable = error.what();
  }
  return made;
}

void compare(std::vector<Contender>& contenders, const Part& part, int threads) {
  for (std::int64_t i = 0; i < part.size(); i += accuracy_batch) {
    const Array batch = part.batch(i, std::min(accuracy_batch, part.size() - i));
    const Array wanted = contenders[0].model->run(batch, threads);
    for (Contender& c : contenders)
      if (c.model) model::compare(c.result, c.model->run(batch, threads), wanted);
  }
}

void time(std::vector<Contender>& contenders, const Part& part, std::int64_t count, int threads, int rounds) {
  using Clock = std::chrono::steady_clock;
  for (int round = -1; round < rounds; ++round) {
    const Array batch = part.batch(std::max(round, 0) * count, count);
    for (Contender& c : contenders) {
      if (!c.model) continue;
      const auto begin = Clock::now();
      c.model->run(batch, threads);
      if (round >= 0) c.seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    }
  }
  for (Contender& c : contenders)
    if (c.model) c.result.pictures_per_second = static_cast<double>(count) / spread_of(c.seconds).median;
}

std::string now() {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

PrecisionTrial try_precisions(const Model& model, std::span<const Array> pictures,
                              const PrecisionTrialOptions& options) {
  check(model, pictures, options);
  const Part calibrating(pictures, 0, 2), judged(pictures, 1, 2);
  const int threads = options.threads > 0 ? std::min(options.threads, usable_threads()) : usable_threads();
  const Calibration calibration = calibrated(model, calibrating);
  std::vector<Contender> contenders;
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8})
    contenders.push_back(contender(model, precision, calibration));
  compare(contenders, judged, threads);
  const std::int64_t each = std::min<std::int64_t>(options.batch_size, model::Session::most_pictures);
  time(contenders, judged, each * threads, threads, options.rounds);

  PrecisionTrial trial;
  for (Contender& c : contenders) trial.results.push_back(std::move(c.result));
  const PrecisionResult& chosen = trial.results[model::judge(trial.results, options.agreement)];
  trial.choice = {chosen.precision, std::nullopt, options.agreement, chosen.pictures, chosen.agreeing, now()};
  if (chosen.precision == Precision::int8) trial.choice.calibration = calibration;
  return trial;
}

Model with_choice(const Model& model, const PrecisionChoice& choice) {
  if (choice.precision != Precision::int8) return model.with_precision(choice.precision);
  if (!choice.calibration)
    throw Error(Errc::invalid_argument, "precision: expected a choice of int8 with its calibration, got one without");
  return model.with_int8(*choice.calibration);
}

}  // namespace fovea
