#include "fovea/diagnosis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>

namespace fovea {
namespace {

ThreadBudget cores(int threads) {
  ThreadBudget budget;
  budget.threads = threads;
  budget.reason = "affinity";
  return budget;
}

// 1000 pictures in 10 s on 2 threads: 100 pictures a second, 20 s of threads' time.
Report base(std::vector<StageTime> stages, std::vector<StageTime> waits = {}) {
  Report report;
  report.inputs = report.ok = 1000;
  report.seconds = 10;
  report.threads = 2;
  report.stages = std::move(stages);
  report.waits = std::move(waits);
  report.queues = {{"inputs", 1, 2, 2}, {"batches", 0, 1, 4}, {"rows", 3, 9, 4096}, {"transfers", 0, 0, 64}};
  report.devices = {"cpu"};
  report.pictures = {1000};
  report.device_seconds = {0};
  return report;
}

const ResourceUse& resource(const Diagnosis& diagnosis, const std::string& name) {
  const auto at = std::find_if(diagnosis.resources.begin(), diagnosis.resources.end(),
                               [&](const ResourceUse& r) { return r.name == name; });
  if (at == diagnosis.resources.end()) throw std::runtime_error("no resource " + name);
  return *at;
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

double share(const Diagnosis& diagnosis, const std::string& reason) {
  for (const WaitUse& wait : diagnosis.waits)
    if (wait.reason == reason) return wait.share;
  return 0;
}

// 12.4 + 6.2 + 0.6 + 0.2 = 19.4 s of 20: U = 0.97, D = 19.4 ms, bound 2/0.0194 = 103.09/s.
const Report decode_bound = base(
    {{"list", 0.2, 1000}, {"decode", 12.4, 1000}, {"infer", 6.2, 1000}, {"write", 0.6, 1000}}, {{"input", 0.4, 9}});

TEST(Diagnosis, UtilisationLaw) {
  const Diagnosis d = diagnose(decode_bound, cores(8));
  EXPECT_DOUBLE_EQ(d.rate, 100);
  const ResourceUse& threads = resource(d, "threads");
  EXPECT_NEAR(threads.demand, 0.0194, 1e-12);
  EXPECT_NEAR(threads.utilisation, 0.97, 1e-12);
  EXPECT_NEAR(threads.bound, 103.092783505, 1e-6);
  EXPECT_NEAR(resource(d, "sink").utilisation, 0.06, 1e-12);
  EXPECT_NEAR(resource(d, "sink").bound, 1000 / 0.6, 1e-9);
  EXPECT_NEAR(d.stages[1].service_seconds, 0.0124, 1e-12);
  EXPECT_NEAR(d.stages[1].share, 0.62, 1e-12);
  EXPECT_NEAR(share(d, "input"), 0.02, 1e-12);
  EXPECT_NEAR(share(d, "other"), 0.01, 1e-12);
}

TEST(Diagnosis, ThreadsBind) {
  const Diagnosis d = diagnose(decode_bound, cores(8));
  EXPECT_EQ(d.binds, "threads");
  EXPECT_NEAR(d.headroom.value(), 1000 / 0.6 / 100, 1e-9);
  EXPECT_EQ(d.verdict,
            "bound by the worker threads: decode takes 62 % of their time, infer 31 %; one more thread would give 1.50 "
            "x.");
  EXPECT_NEAR(forecast(d, "one more thread").rate.value(), 150, 1e-9);
  // Without the network: D = 13.2 ms, 151.5/s, at 0.97 of it.
  const Forecast device = forecast(d, "a device for the network");
  EXPECT_NEAR(device.rate.value(), 0.97 * 2 / 0.0132, 1e-9);
  EXPECT_TRUE(device.at_most);
}

TEST(Diagnosis, InferenceBinds) {
  const Diagnosis d = diagnose(base({{"decode", 2, 1000}, {"infer", 17, 1000}, {"write", 0.2, 1000}}), cores(4));
  EXPECT_EQ(d.binds, "threads");
  EXPECT_NE(d.verdict.find("infer takes 85 % of their time, decode 10 %"), std::string::npos) << d.verdict;
}

TEST(Diagnosis, NoCoreForOneMoreThread) {
  const Diagnosis d = diagnose(decode_bound, cores(2));
  const Forecast more = forecast(d, "one more thread");
  EXPECT_FALSE(more.rate);
  EXPECT_EQ(more.why, "no core for it: the budget is 2 (affinity); with one more it would be 150/s");
  EXPECT_EQ(d.verdict.find("one more thread"), std::string::npos) << d.verdict;
}

// Serial work of 7 ms a picture: 142.86/s at most, though three threads would make 150.
TEST(Diagnosis, SerialWorkLimitsWhatThreadsGive) {
  const Diagnosis d = diagnose(base({{"decode", 12.4, 1000}, {"write", 7, 1000}}), cores(8));
  EXPECT_EQ(d.binds, "threads");
  EXPECT_NEAR(forecast(d, "one more thread").rate.value(), 0.97 / 0.007, 1e-9);
  EXPECT_NE(forecast(d, "one more thread").why.find("limited next by the sink, at 142.9/s"), std::string::npos);
}

TEST(Diagnosis, SinkBinds) {
  const Diagnosis d = diagnose(base({{"decode", 5, 1000}, {"write", 9.6, 1000}}, {{"order", 5, 100}}), cores(8));
  EXPECT_EQ(d.binds, "sink");
  EXPECT_EQ(
      d.verdict,
      "bound by the sink: taking rows, one at a time, takes 96 % of the run; one more thread would give nothing.");
  EXPECT_NEAR(forecast(d, "one more thread").rate.value(), 100, 1e-9);
  EXPECT_EQ(d.waits[0].reason, "order");
}

TEST(Diagnosis, SourceBinds) {
  Report report = base({{"list", 1, 1000}, {"read", 10.5, 1000}, {"decode", 4, 1000}}, {{"input", 4, 100}});
  report.source_seconds = 9.5;  // the list and 8.5 s of members; the rest are files, which threads read side by side
  const Diagnosis d = diagnose(report, cores(8));
  EXPECT_EQ(d.binds, "source");
  EXPECT_NEAR(resource(d, "source").demand, 0.0095, 1e-12);
  EXPECT_NEAR(resource(d, "threads").utilisation, 15.5 / 20, 1e-12);
}

// Little: 620 s of transfers in 10 s are 62 in flight; at 100/s each takes 0.62 s.
TEST(Diagnosis, NetworkBinds) {
  const Diagnosis d = diagnose(base({{"fetch", 620, 1000}, {"decode", 5, 1000}}, {{"input", 14, 1000}}), cores(8));
  EXPECT_EQ(d.binds, "network");
  const ResourceUse& network = resource(d, "network");
  EXPECT_NEAR(network.utilisation * network.servers, 62, 1e-9);
  EXPECT_NEAR(network.bound, 64 / 0.62, 1e-9);
  EXPECT_NEAR(resource(d, "threads").utilisation, 0.25, 1e-12);  // transfers take none of the threads' time
  EXPECT_EQ(d.stages[0].share, 0);
  const Forecast twice = forecast(d, "twice the transfers in flight");
  EXPECT_NEAR(twice.rate.value(), 200, 1e-9);
  EXPECT_TRUE(twice.at_most);
  EXPECT_NE(d.verdict.find("62.0 of 64 transfers are in flight, 0.62 s for a picture"), std::string::npos) << d.verdict;
}

TEST(Diagnosis, MemoryBinds) {
  const Diagnosis d =
      diagnose(base({{"decode", 9, 1000}, {"write", 1, 1000}}, {{"memory", 8, 100}, {"input", 1, 9}}), cores(8));
  EXPECT_EQ(d.binds, "memory");
  EXPECT_EQ(d.verdict, "bound by the memory budget: the threads wait 40 % of their time until pictures fit into it.");
  EXPECT_NEAR(forecast(d, "one more thread").rate.value(), 100, 1e-9);
  EXPECT_NEAR(forecast(d, "a larger memory budget").rate.value(), 100 / 0.6, 1e-9);
}

TEST(Diagnosis, MemoryIsNotBlamedForWhatIsNotItsWait) {
  const Diagnosis d = diagnose(base({{"decode", 15, 1000}}, {{"memory", 2.2, 100}}), cores(8));
  EXPECT_EQ(d.binds, "");
  EXPECT_EQ(d.verdict,
            "nothing is busy all the time: most are the threads, 75 %; the threads wait 14 % of their time for what no "
            "count explains.");
  EXPECT_TRUE(forecast(d, "one more thread").at_most);
}

// 80 % busy, 8 % waiting for memory: the longest wait, but a short one.
TEST(Diagnosis, AShortWaitForMemoryDoesNotBind) {
  const Report report = base({{"decode", 16, 1000}}, {{"memory", 1.6, 9}, {"input", 1.2, 9}});
  EXPECT_EQ(diagnose(report, cores(8)).binds, "");
}

TEST(Diagnosis, DeviceBinds) {
  Report report = base({{"decode", 8, 1000}, {"infer", 9.2, 1000}}, {{"batch", 12.5, 50}});
  report.devices = {"cuda:0"};
  report.device_seconds = {9.2};
  const Diagnosis d = diagnose(report, cores(8));
  EXPECT_EQ(d.binds, "cuda:0");
  EXPECT_NEAR(resource(d, "threads").utilisation, 0.4, 1e-12);  // the device's work is none of theirs
  EXPECT_NEAR(share(d, "batch"), (12.5 - 0.8) / 20, 1e-12);     // nor is its waiting
  EXPECT_EQ(d.stages[1].share, 0);
  EXPECT_FALSE(has(d, "a device for the network"));
  const Forecast another = forecast(d, "one more device like cuda:0");
  EXPECT_NEAR(another.rate.value(), 200, 1e-9);
}

TEST(Diagnosis, CpuBesideADevice) {
  Report report = base({{"decode", 8, 1000}, {"infer", 17, 1000}});
  report.devices = {"cpu", "cuda:0"};
  report.pictures = {300, 700};
  report.device_seconds = {10, 7};
  const Diagnosis d = diagnose(report, cores(8));
  EXPECT_EQ(d.binds, "threads");
  EXPECT_NEAR(resource(d, "threads").utilisation, 0.9, 1e-12);
  EXPECT_NEAR(resource(d, "cuda:0").utilisation, 0.7, 1e-12);
}

TEST(Diagnosis, Balanced) {
  const Diagnosis d = diagnose(base({{"decode", 9.6, 1000}, {"write", 9.4, 1000}}), cores(8));
  EXPECT_EQ(d.verdict, "balanced: threads 95 % and sink 94 % busy; more of one alone gives next to nothing.");
}

TEST(Diagnosis, RowsFromBeforeAreNoPictures) {
  Report report = decode_bound;
  report.inputs += 500;
  report.reused = 500;
  EXPECT_DOUBLE_EQ(diagnose(report, cores(8)).rate, 100);
}

TEST(Diagnosis, TooShortToTell) {
  for (const auto& [pictures, seconds] : {std::pair{63, 10.0}, {1000, 0.24}}) {
    Report report = base({{"decode", 0.4, pictures}});
    report.inputs = report.ok = pictures;
    report.seconds = seconds;
    const Diagnosis d = diagnose(report, cores(8));
    EXPECT_EQ(d.binds, "");
    EXPECT_TRUE(d.forecasts.empty());
    EXPECT_EQ(d.verdict.find("cannot tell: "), 0u) << d.verdict;
    EXPECT_FALSE(d.resources.empty());
  }
}

TEST(Diagnosis, NothingWorkedOn) {
  Report reused = base({{"list", 1, 1000}});
  reused.reused = reused.inputs;
  Report no_threads = decode_bound, no_time = decode_bound;
  no_threads.threads = 0;
  no_time.seconds = 0;
  for (const Report& report : {reused, no_threads, no_time, Report{}}) {
    const Diagnosis d = diagnose(report, cores(8));
    EXPECT_EQ(d.verdict, "cannot tell: no picture was worked on.");
    EXPECT_EQ(d.rate, 0);
  }
}

TEST(Diagnosis, CountsOfMoreThanThereWasAreCut) {
  Report report = base({{"decode", 25, 1000}});
  const Diagnosis d = diagnose(report, cores(8));
  EXPECT_DOUBLE_EQ(resource(d, "threads").utilisation, 1);
  EXPECT_NEAR(forecast(d, "one more thread").rate.value(), 150, 1e-9);
}

// Whatever the counts, one more thread gives no more than its share, and nothing passes another bound.
TEST(Diagnosis, ForecastsKeepToTheBounds) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> part(0, 1);
  for (int round = 0; round < 500; ++round) {
    const int threads = 1 + round % 8;
    const double had = 10.0 * threads;
    Report report = base({{"fetch", 640 * part(random), 1000},
                          {"decode", had * part(random) / 2, 1000},
                          {"infer", had * part(random) / 2, 1000},
                          {"write", 10 * part(random), 1000}},
                         {{"memory", had * part(random) / 4, 1}});
    report.threads = threads;
    report.source_seconds = 10 * part(random);
    const Diagnosis d = diagnose(report, cores(64));
    double bound = std::numeric_limits<double>::infinity();
    for (const ResourceUse& r : d.resources) {
      EXPECT_LE(r.utilisation, 1 + 1e-12);
      EXPECT_GE(r.bound, d.rate * (1 - 1e-12)) << r.name;
      if (r.name != "threads") bound = std::min(bound, r.bound);
    }
    const double more = forecast(d, "one more thread").rate.value();
    EXPECT_LE(more, d.rate * (threads + 1) / threads * (1 + 1e-12));
    EXPECT_LE(more, bound * (1 + 1e-12));
    EXPECT_GE(more, d.rate * (1 - 1e-12));
  }
}

}  // namespace
}  // namespace fovea
