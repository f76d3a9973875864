#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "fovea/diagnosis.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;

ThreadBudget plenty() {
  ThreadBudget budget;
  budget.threads = 64;
  return budget;
}

// 1000 pictures in 10 s on 2 threads: 8 ms of decoding, 4 of preparing, 8 of the network each; all threads busy.
Report report_of() {
  Report report;
  report.inputs = report.ok = 1000;
  report.seconds = 10;
  report.threads = 2;
  report.stages = {{"read", 0, 0}, {"decode", 8, 1000}, {"prepare", 4, 1000}, {"infer", 8, 1000}};
  report.devices = {"cpu"};
  report.pictures = {1000};
  report.device_seconds = {8};
  return report;
}

SampleTimes sample_of() {
  SampleTimes sample;
  sample.pictures = 16;
  sample.threads = 2;
  sample.batch = 8;
  sample.decode = 0.006;
  sample.prepare = 0.004;
  sample.fast_decode = 0.003;
  sample.fast_prepare = 0.001;
  sample.batches = {{8, 0.008}, {1, 0.010}, {32, 0.006}};
  sample.operations = 4e7;
  sample.operation_limit = 1e11;
  sample.moved_bytes = 1e6;
  sample.copy_limit = 1e9;
  return sample;
}

bool has(const Diagnosis& diagnosis, const std::string& change) {
  return std::any_of(diagnosis.forecasts.begin(), diagnosis.forecasts.end(),
                     [&](const Forecast& f) { return f.change == change; });
}

Forecast forecast(const Diagnosis& diagnosis, const std::string& change) {
  for (const Forecast& forecast : diagnosis.forecasts)
    if (forecast.change == change) return forecast;
  throw std::runtime_error("no forecast of " + change);
}

// Half of 8 ms and a quarter of 4 ms: 4 + 1 + 8 = 13 ms on two threads.
TEST(WhatIf, FastDecodeByItsRatio) {
  const Diagnosis d = what_if(report_of(), sample_of(), plenty());
  EXPECT_NEAR(forecast(d, "fast decode").rate.value(), 2 / 0.013, 1e-9);
  EXPECT_EQ(forecast(d, "fast decode").why, "measured on 16 pictures: decoding takes 0.50 of its time, preparing 0.25");
}

// 12 ms and three quarters of 8 ms.
TEST(WhatIf, LargerBatchByItsRatio) {
  const Diagnosis d = what_if(report_of(), sample_of(), plenty());
  EXPECT_NEAR(forecast(d, "batches of 32").rate.value(), 2 / 0.018, 1e-9);
  EXPECT_FALSE(has(d, "batches of 1"));
}

TEST(WhatIf, BatchesOfADevice) {
  Report report = report_of();
  report.stages = {{"decode", 8, 1000}, {"infer", 9.6, 1000}};
  report.devices = {"cuda:0"};
  report.device_seconds = {9.6};
  const Diagnosis d = what_if(report, sample_of(), plenty());
  EXPECT_EQ(d.binds, "cuda:0");
  // 100/s at 96 % of the device; it may do 1/(0.75 * 9.6 ms) = 138.9/s.
  EXPECT_NEAR(forecast(d, "batches of 32").rate.value(), 0.96 / 0.0072, 1e-9);
  report.devices = {"cuda:0", "cuda:1"};
  report.device_seconds = {9.6, 1};
  EXPECT_FALSE(forecast(what_if(report, sample_of(), plenty()), "batches of 32").rate);
}

// Of 20 ms a picture the network's 8 become 2 and 1.
TEST(WhatIf, LowerPrecision) {
  SampleTimes sample = sample_of();
  sample.bf16 = 0.002;
  sample.int8 = 0.001;
  const Diagnosis d = what_if(report_of(), sample, plenty());
  EXPECT_NEAR(forecast(d, "bf16").rate.value(), 2 / 0.014, 1e-9);
  EXPECT_NEAR(forecast(d, "int8").rate.value(), 2 / 0.013, 1e-9);
  EXPECT_NE(forecast(d, "int8").why.find("calibration"), std::string::npos);

  sample.int8 = 0;
  EXPECT_FALSE(has(what_if(report_of(), sample, plenty()), "int8"));
  Report several = report_of();
  several.devices.push_back("cuda:0");
  several.pictures.push_back(0);
  several.device_seconds.push_back(0);
  EXPECT_FALSE(forecast(what_if(several, sample, plenty()), "bf16").rate);
}

TEST(WhatIf, SlowerIsSaidToo) {
  SampleTimes sample = sample_of();
  sample.batches = {{8, 0.008}, {32, 0.012}};
  const Diagnosis d = what_if(report_of(), sample, plenty());
  EXPECT_NEAR(forecast(d, "batches of 32").rate.value(), 2 / 0.024, 1e-9);
}

TEST(WhatIf, NothingFasterToTry) {
  SampleTimes sample = sample_of();
  sample.batch = 32;
  sample.batches = {{32, 0.006}, {1, 0.010}, {8, 0.008}};
  sample.fast_decode = sample.fast_prepare = 0;
  const Diagnosis d = what_if(report_of(), sample, plenty());
  EXPECT_EQ(d.forecasts.size(), diagnose(report_of(), plenty()).forecasts.size());
}

// 2 threads x 4e7 operations in 8 ms are 1e10/s; 2 x 1e6 bytes in 10 ms 2e8/s; 500 files of 1e5 bytes in 2 s 2.5e7/s.
TEST(WhatIf, SharesOfTheMachinesLimits) {
  Report report = report_of();
  report.stages[0] = {"read", 2, 500};
  SampleTimes sample = sample_of();
  sample.encoded_bytes = 1e5;
  sample.read_limit = 1e8;
  const Diagnosis d = what_if(report, sample, plenty());
  ASSERT_EQ(d.limits.size(), 3u);
  EXPECT_EQ(d.limits[0].stage, "infer");
  EXPECT_NEAR(d.limits[0].reached, 1e10, 1);
  EXPECT_NEAR(d.limits[0].limit, 1e11, 1);
  EXPECT_NEAR(d.limits[1].reached, 2e8, 1);
  EXPECT_EQ(d.limits[2].stage, "read");
  EXPECT_NEAR(d.limits[2].reached, 2.5e7, 1);
}

TEST(WhatIf, CannotTell) {
  const Diagnosis d = what_if(report_of(), SampleTimes{}, plenty());
  EXPECT_FALSE(forecast(d, "fast decode").rate);
  EXPECT_EQ(forecast(d, "larger batches").why, "cannot tell: no picture of the sample can be decoded");
  EXPECT_TRUE(d.limits.empty());

  Report brief = report_of();
  brief.seconds = 0.1;
  EXPECT_TRUE(what_if(brief, sample_of(), plenty()).forecasts.empty());

  Report starved = report_of();
  starved.stages = {{"decode", 8, 1000}};
  starved.waits = {{"memory", 10, 100}};
  EXPECT_FALSE(forecast(what_if(starved, sample_of(), plenty()), "fast decode").rate);
}

std::vector<std::byte> picture(std::size_t side) {
  std::string text = "P6 " + std::to_string(side) + " " + std::to_string(side) + " 255\n";
  for (std::size_t i = 0; i < side * side * 3; ++i) text += static_cast<char>(i * i >> 7);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

bool has_instructions(const Model& model, Precision precision) {
  try {
    model.with_precision(precision);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::unsupported) << error.what();
    return false;
  }
}

TEST(MeasureSample, MeasuresWhatCanBeDecoded) {
  const test::TemporaryDirectory folder;
  folder.write("a", std::string(5000, 'x'));
  std::vector<std::vector<std::byte>> pictures{picture(64), {std::byte{1}}, picture(96)};
  SampleOptions options;
  options.threads = 1;
  options.batch = 2;
  options.seconds = 0.001;
  options.files = {folder.path() / "a", folder.path() / "absent"};
  const Model model = Model::load("mini");
  const SampleTimes times = measure_sample(pictures, model, options);
  EXPECT_EQ(times.pictures, 2);
  EXPECT_EQ(times.failed, 1);
  EXPECT_EQ(times.threads, 1);
  for (const double value : {times.decode, times.prepare, times.fast_decode, times.fast_prepare, times.operation_limit,
                             times.copy_limit, times.read_limit})
    EXPECT_TRUE(value > 0 && std::isfinite(value)) << value;
  ASSERT_EQ(times.batches.size(), 4u);
  EXPECT_EQ(times.batches[0].pictures, 2);
  for (const SampleTimes::Batch& batch : times.batches) EXPECT_TRUE(batch.seconds > 0 && std::isfinite(batch.seconds));
  EXPECT_EQ(times.bf16 > 0, has_instructions(model, Precision::bf16));
  double operations = 0;
  for (const LayerInfo& layer : model.layers()) operations += 2.0 * static_cast<double>(layer.multiply_adds);
  EXPECT_EQ(times.operations, operations);
  const double slot = 4.0 * 3 * model.preprocess().crop * model.preprocess().crop;
  EXPECT_EQ(times.moved_bytes, 2.0 * (64 * 64 * 3 + 96 * 96 * 3) / 2 + slot);
  EXPECT_EQ(times.encoded_bytes, static_cast<double>(pictures[0].size() + pictures[2].size()) / 2);

  options.decode.shrink_to = 32;
  EXPECT_EQ(measure_sample(pictures, model, options).fast_decode, 0);
  if (has_instructions(model, Precision::bf16)) {
    const SampleTimes lower = measure_sample(pictures, model.with_precision(Precision::bf16), options);
    EXPECT_EQ(lower.bf16, 0);
    EXPECT_EQ(lower.int8, 0);
  }
}

TEST(MeasureSample, NothingToMeasure) {
  const SampleTimes times = measure_sample({}, Model::load("mini"));
  EXPECT_EQ(times.pictures, 0);
  EXPECT_TRUE(times.batches.empty());
}

TEST(MeasureSample, RefusesOptionsThatCannotBe) {
  const Model model = Model::load("mini");
  for (const auto& change : std::vector<void (*)(SampleOptions&)>{
           [](SampleOptions& o) { o.threads = -1; }, [](SampleOptions& o) { o.batch = 0; },
           [](SampleOptions& o) { o.seconds = 0; }, [](SampleOptions& o) { o.seconds = std::nan(""); }}) {
    SampleOptions options;
    change(options);
    expect_error(Errc::invalid_argument, "measure_sample: expected", [&] { measure_sample({}, model, options); });
  }
}

}  // namespace
}  // namespace fovea
