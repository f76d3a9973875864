#include "fovea/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/diagnosis/forecasts.h"
#include "pipeline/diagnosis/model.h"

namespace fovea {
namespace {

using pipeline::RunModel;

constexpr double shortest_seconds = 0.25;
constexpr std::int64_t fewest_pictures = 32;  // a thread: the start and the end, when threads idle, weigh little
constexpr double saturated = 0.85;            // a resource that is busier binds
constexpr double alike = 0.05;                // of utilisations that differ by less none binds alone
constexpr double notable = 0.1;               // a wait that takes more of the threads' time is a cause

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

bool too_short(const Report& report) {
  return report.threads < 1 || report.seconds < shortest_seconds ||
         pipeline::pictures_of(report) < fewest_pictures * report.threads;
}

std::vector<StageUse> stages_of(const Report& report, const RunModel& model) {
  std::vector<StageUse> stages;
  for (const StageTime& stage : report.stages) {
    StageUse use{stage.name, stage.count > 0 ? stage.busy_seconds / static_cast<double>(stage.count) : 0, 0};
    if (stage.name == "infer")
      use.share = model.infer_seconds / model.thread_seconds;
    else if (stage.name != "fetch")
      use.share = stage.busy_seconds / model.thread_seconds;
    stages.push_back(std::move(use));
  }
  return stages;
}

// Threads of devices wait for batches, too, and that is no time of the threads.
double idle_device_seconds(const Report& report) {
  double seconds = 0;
  for (std::size_t k = 0; k < report.devices.size() && k < report.device_seconds.size(); ++k)
    if (report.devices[k] != "cpu") seconds += std::max(report.seconds - report.device_seconds[k], 0.0);
  return seconds;
}

std::vector<WaitUse> waits_of(const Report& report, const RunModel& model) {
  std::vector<WaitUse> waits;
  const ResourceUse* threads = model.find("threads");
  double other = 1 - (threads ? threads->utilisation : 0);
  for (const StageTime& wait : report.waits) {
    double seconds = wait.busy_seconds;
    if (wait.name == "batch") seconds = std::max(seconds - idle_device_seconds(report), 0.0);
    if (seconds <= 0) continue;
    waits.push_back({wait.name, seconds / model.thread_seconds});
    other -= waits.back().share;
  }
  if (other > 0) waits.push_back({"other", other});
  std::stable_sort(waits.begin(), waits.end(), [](const WaitUse& a, const WaitUse& b) { return a.share > b.share; });
  return waits;
}

std::vector<ResourceUse> by_utilisation(std::vector<ResourceUse> resources) {
  std::stable_sort(resources.begin(), resources.end(),
                   [](const ResourceUse& a, const ResourceUse& b) { return a.utilisation > b.utilisation; });
  return resources;
}

std::string binding(const Diagnosis& diagnosis, const RunModel& model) {
  const std::vector<ResourceUse> busiest = by_utilisation(model.resources);
  if (!busiest.empty() && busiest.front().utilisation >= saturated) return busiest.front().name;
  const bool memory = !diagnosis.waits.empty() && diagnosis.waits.front().reason == "memory";
  return memory && model.memory_share >= notable ? "memory" : "";
}

std::string largest_stages(std::vector<StageUse> stages) {
  std::stable_sort(stages.begin(), stages.end(),
                   [](const StageUse& a, const StageUse& b) { return a.share > b.share; });
  std::string text = fmt::format("{} takes {} of their time", stages[0].name, percent(stages[0].share));
  if (stages.size() > 1 && stages[1].share >= notable)
    text += fmt::format(", {} {}", stages[1].name, percent(stages[1].share));
  return text;
}

std::string why_bound(const Diagnosis& diagnosis, const ResourceUse& resource) {
  const std::string& name = resource.name;
  if (name == "threads") return "bound by the worker threads: " + largest_stages(diagnosis.stages);
  if (name == "source")
    return fmt::format(
        "bound by the source: naming inputs and reading members of archives, one at a time, takes {} of the run",
        percent(resource.utilisation));
  if (name == "sink")
    return fmt::format("bound by the sink: taking rows, one at a time, takes {} of the run",
                       percent(resource.utilisation));
  if (name == "network")
    return fmt::format("bound by the network: {:.1f} of {:.0f} transfers are in flight, {:.3g} s for a picture",
                       resource.utilisation * resource.servers, resource.servers, resource.demand);
  return fmt::format("bound by {}: its network is busy {} of the run", name, percent(resource.utilisation));
}

std::string without_binding(const Diagnosis& diagnosis, const RunModel& model) {
  std::string text = "nothing is busy all the time";
  const std::vector<ResourceUse> busiest = by_utilisation(model.resources);
  if (!busiest.empty()) text += fmt::format(": most are the {}, {}", busiest[0].name, percent(busiest[0].utilisation));
  if (!diagnosis.waits.empty())
    text += fmt::format("; the threads wait {} of their time for {}", percent(diagnosis.waits[0].share),
                        diagnosis.waits[0].reason == "other" ? "what no count explains" : diagnosis.waits[0].reason);
  return text;
}

std::string verdict_of(const Diagnosis& diagnosis, const RunModel& model) {
  if (diagnosis.binds.empty()) return without_binding(diagnosis, model) + ".";
  if (diagnosis.binds == "memory")
    return fmt::format("bound by the memory budget: the threads wait {} of their time until pictures fit into it.",
                       percent(model.memory_share));
  const std::vector<ResourceUse> busiest = by_utilisation(model.resources);
  if (busiest.size() > 1 && busiest[1].utilisation > busiest[0].utilisation - alike)
    return fmt::format("balanced: {} {} and {} {} busy; more of one alone gives next to nothing.", busiest[0].name,
                       percent(busiest[0].utilisation), busiest[1].name, percent(busiest[1].utilisation));
  return why_bound(diagnosis, busiest[0]) + pipeline::best_change(diagnosis) + ".";
}

// How often the present rate would be allowed if what binds were without limit.
std::optional<double> headroom_of(const Diagnosis& diagnosis, const RunModel& model) {
  std::vector<ResourceUse> others = model.resources;
  std::erase_if(others, [&](const ResourceUse& resource) { return resource.name == diagnosis.binds; });
  if (others.empty() || diagnosis.binds.empty()) return std::nullopt;
  return pipeline::bound_of(others) / model.rate;
}

}  // namespace

Diagnosis diagnose(const Report& report, const ThreadBudget& budget) {
  Diagnosis diagnosis;
  diagnosis.pictures = pipeline::pictures_of(report);
  diagnosis.seconds = report.seconds;
  diagnosis.queues = report.queues;
  if (diagnosis.pictures < 1 || report.threads < 1 || !(report.seconds > 0)) {
    diagnosis.verdict = "cannot tell: no picture was worked on.";
    return diagnosis;
  }
  const RunModel model = pipeline::model_of(report);
  diagnosis.rate = model.rate;
  diagnosis.resources = model.resources;
  diagnosis.stages = stages_of(report, model);
  diagnosis.waits = waits_of(report, model);
  if (too_short(report)) {
    diagnosis.verdict =
        fmt::format("cannot tell: {} pictures in {:.2g} s are too few; {} of at least {} s say more.",
                    diagnosis.pictures, report.seconds, fewest_pictures * report.threads, shortest_seconds);
    return diagnosis;
  }
  diagnosis.binds = binding(diagnosis, model);
  diagnosis.headroom = headroom_of(diagnosis, model);
  diagnosis.forecasts = pipeline::forecasts_of(model, diagnosis.binds, budget);
  diagnosis.verdict = verdict_of(diagnosis, model);
  return diagnosis;
}

}  // namespace fovea
