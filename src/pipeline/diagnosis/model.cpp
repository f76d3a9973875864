#include "pipeline/diagnosis/model.h"

#include <algorithm>
#include <limits>

namespace fovea::pipeline {
namespace {

// Seconds that threads spent in the networks of devices: none of them theirs.
double device_seconds(const Report& report) {
  double seconds = 0;
  for (std::size_t k = 0; k < report.devices.size() && k < report.device_seconds.size(); ++k)
    if (report.devices[k] != "cpu") seconds += report.device_seconds[k];
  return seconds;
}

const QueueUse* find_queue(const Report& report, std::string_view name) {
  const auto at = std::find_if(report.queues.begin(), report.queues.end(), [&](auto& q) { return q.name == name; });
  return at == report.queues.end() ? nullptr : &*at;
}

}  // namespace

const ResourceUse* RunModel::find(std::string_view name) const {
  const auto at = std::find_if(resources.begin(), resources.end(), [&](auto& r) { return r.name == name; });
  return at == resources.end() ? nullptr : &*at;
}

double busy_seconds(const Report& report, std::string_view stage) {
  double seconds = 0;
  for (const StageTime& time : report.stages)
    if (time.name == stage) seconds += time.busy_seconds;
  return seconds;
}

std::int64_t pictures_of(const Report& report) {
  return report.inputs - report.reused;
}

RunModel model_of(const Report& report) {
  RunModel model;
  model.pictures = pictures_of(report);
  model.seconds = report.seconds;
  model.threads = report.threads;
  const auto pictures = static_cast<double>(model.pictures);
  model.rate = pictures / report.seconds;
  model.thread_seconds = report.threads * report.seconds;

  // Utilisation law: U = X D / m. Clocks are read apart from one another, so a sum may pass what there was by a little.
  const auto add = [&](std::string name, double servers, double busy) {
    if (busy <= 0 || servers <= 0) return;
    busy = std::min(busy, servers * report.seconds);
    const double demand = busy / pictures;
    model.resources.push_back({std::move(name), servers, demand, busy / (servers * report.seconds), servers / demand});
  };
  double busy = 0;
  for (const StageTime& stage : report.stages)
    if (stage.name != "fetch") busy += stage.busy_seconds;
  const double elsewhere = std::min(device_seconds(report), busy_seconds(report, "infer"));
  model.infer_seconds = busy_seconds(report, "infer") - elsewhere;
  add("threads", report.threads, busy - elsewhere);
  add("source", 1, report.source_seconds);
  add("sink", 1, busy_seconds(report, "write"));
  if (const QueueUse* transfers = find_queue(report, "transfers"))
    add("network", static_cast<double>(transfers->capacity), busy_seconds(report, "fetch"));
  for (std::size_t k = 0; k < report.devices.size() && k < report.device_seconds.size(); ++k)
    if (report.devices[k] != "cpu") add(report.devices[k], 1, report.device_seconds[k]);
  for (const StageTime& wait : report.waits)
    if (wait.name == "memory") model.memory_share = wait.busy_seconds / model.thread_seconds;
  return model;
}

double bound_of(const std::vector<ResourceUse>& resources) {
  double bound = std::numeric_limits<double>::infinity();
  for (const ResourceUse& resource : resources) bound = std::min(bound, resource.bound);
  return bound;
}

double rate_with(const RunModel& model, const std::vector<ResourceUse>& changed) {
  const double before = bound_of(model.resources), after = bound_of(changed);
  return std::min(model.rate / before, 1.0) * after;
}

std::vector<ResourceUse> with_servers(std::vector<ResourceUse> resources, std::string_view name, double servers) {
  for (ResourceUse& resource : resources) {
    if (resource.name != name) continue;
    resource.servers = servers;
    resource.bound = servers / resource.demand;
  }
  return resources;
}

std::vector<ResourceUse> with_demand(std::vector<ResourceUse> resources, std::string_view name, double demand) {
  if (demand <= 0) std::erase_if(resources, [&](const ResourceUse& r) { return r.name == name; });
  for (ResourceUse& resource : resources) {
    if (resource.name != name) continue;
    resource.demand = demand;
    resource.bound = resource.servers / demand;
  }
  return resources;
}

}  // namespace fovea::pipeline
