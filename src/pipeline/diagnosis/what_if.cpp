// What a measured sample adds to the counts of a run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fovea/diagnosis.h"
#include "pipeline/diagnosis/model.h"

namespace fovea {
namespace {

using pipeline::RunModel;

Forecast cannot_tell(std::string change, std::string why) {
  return {std::move(change), std::nullopt, false, "cannot tell: " + std::move(why)};
}

Forecast with(std::string change, const RunModel& model, const std::vector<ResourceUse>& changed, std::string why) {
  const double rate = pipeline::rate_with(model, changed);
  if (!std::isfinite(rate)) return cannot_tell(std::move(change), "nothing would be left to do");
  return {std::move(change), rate, false, std::move(why)};
}

// Seconds a picture that a stage saves when its work takes `ratio` of its time.
double saved(double stage_seconds, std::int64_t pictures, double ratio) {
  return stage_seconds / static_cast<double>(pictures) * (1 - ratio);
}

Forecast fast_decode(const Report& report, const RunModel& model, const SampleTimes& sample) {
  const char* const change = "fast decode";
  if (sample.decode <= 0 || sample.prepare <= 0) return cannot_tell(change, "the sample has no times");
  const double decode = sample.fast_decode / sample.decode, prepare = sample.fast_prepare / sample.prepare;
  const double demand = model.find("threads")->demand -
                        saved(pipeline::busy_seconds(report, "decode"), model.pictures, decode) -
                        saved(pipeline::busy_seconds(report, "prepare"), model.pictures, prepare);
  return with(change, model, pipeline::with_demand(model.resources, "threads", demand),
              fmt::format("measured on {} pictures: decoding takes {:.2f} of its time, preparing {:.2f}",
                          sample.pictures, decode, prepare));
}

// The network's time is of the threads, or of the only device.
std::vector<ResourceUse> with_network(const RunModel& model, const Report& report, double ratio) {
  if (model.infer_seconds > 0) {
    const double demand = model.find("threads")->demand - saved(model.infer_seconds, model.pictures, ratio);
    return pipeline::with_demand(model.resources, "threads", demand);
  }
  const ResourceUse* device = report.devices.empty() ? nullptr : model.find(report.devices.front());
  return device ? pipeline::with_demand(model.resources, device->name, device->demand * ratio) : model.resources;
}

std::optional<Forecast> larger_batch(const Report& report, const RunModel& model, const SampleTimes& sample) {
  const SampleTimes::Batch* best = nullptr;
  for (const SampleTimes::Batch& batch : sample.batches)
    if (batch.pictures > sample.batch && (!best || batch.seconds < best->seconds)) best = &batch;
  if (!best) return std::nullopt;
  std::string change = fmt::format("batches of {}", best->pictures);
  if (report.devices.size() > 1) return cannot_tell(std::move(change), "the network ran on several devices");
  const double ratio = best->seconds / sample.batches.front().seconds;
  return with(std::move(change), model, with_network(model, report, ratio),
              fmt::format("measured: a picture takes {:.2f} of its time in batches of {}", ratio, sample.batch));
}

void lower_precision(const Report& report, const RunModel& model, const SampleTimes& sample,
                     std::vector<Forecast>& forecasts) {
  const auto add = [&](const char* change, double seconds, const char* agreement) {
    if (seconds <= 0) return;
    if (report.devices.size() > 1)
      return forecasts.push_back(cannot_tell(change, "the network ran on several devices"));
    const double ratio = seconds / sample.batches.front().seconds;
    forecasts.push_back(with(change, model, with_network(model, report, ratio),
                             fmt::format("measured: a picture takes {:.2f} of its time in f32; {}", ratio, agreement)));
  };
  add("bf16", sample.bf16, "whether classes stay the same is not told");
  add("int8", sample.int8, "it needs a calibration, and whether classes stay the same is not told");
}

std::vector<LimitUse> limits_of(const Report& report, const SampleTimes& sample) {
  std::vector<LimitUse> limits;
  const auto add = [&](const char* stage, const char* unit, double reached, double limit) {
    if (std::isfinite(reached) && reached > 0 && limit > 0) limits.push_back({stage, unit, reached, limit});
  };
  if (!sample.batches.empty())
    add("infer", "operations/s", sample.threads * sample.operations / sample.batches.front().seconds,
        sample.operation_limit);
  add("decode, prepare", "bytes/s", sample.threads * sample.moved_bytes / (sample.decode + sample.prepare),
      sample.copy_limit);
  for (const StageTime& stage : report.stages)
    if (stage.name == "read")
      add("read", "bytes/s", static_cast<double>(stage.count) * sample.encoded_bytes / stage.busy_seconds,
          sample.read_limit);
  return limits;
}

}  // namespace

Diagnosis what_if(const Report& report, const SampleTimes& sample, const ThreadBudget& budget) {
  Diagnosis diagnosis = diagnose(report, budget);
  if (diagnosis.forecasts.empty()) return diagnosis;
  if (sample.pictures == 0) {
    for (const char* change : {"fast decode", "larger batches"})
      diagnosis.forecasts.push_back(cannot_tell(change, "no picture of the sample can be decoded"));
    return diagnosis;
  }
  const RunModel model = pipeline::model_of(report);
  if (diagnosis.binds == "memory") {
    diagnosis.forecasts.push_back(cannot_tell("fast decode", "the threads wait for memory"));
  } else {
    if (sample.fast_decode > 0) diagnosis.forecasts.push_back(fast_decode(report, model, sample));
    if (auto batch = larger_batch(report, model, sample)) diagnosis.forecasts.push_back(std::move(*batch));
    lower_precision(report, model, sample, diagnosis.forecasts);
  }
  diagnosis.limits = limits_of(report, sample);
  return diagnosis;
}

}  // namespace fovea
