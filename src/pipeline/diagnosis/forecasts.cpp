#include "pipeline/diagnosis/forecasts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fovea::pipeline {
namespace {

// Which resource stops a changed run next.
std::string next_limit(const std::vector<ResourceUse>& changed) {
  const auto at = std::min_element(changed.begin(), changed.end(),
                                   [](const ResourceUse& a, const ResourceUse& b) { return a.bound < b.bound; });
  return at == changed.end() ? "" : fmt::format("limited next by the {}, at {:.4g}/s", at->name, at->bound);
}

Forecast forecast(std::string change, const RunModel& model, const std::vector<ResourceUse>& changed, bool at_most,
                  const std::string& provided = {}) {
  Forecast result{std::move(change), std::nullopt, at_most, next_limit(changed)};
  const double rate = rate_with(model, changed);
  if (!std::isfinite(rate)) return {result.change, std::nullopt, at_most, "nothing else was counted that would bind"};
  result.rate = rate;
  if (!provided.empty()) result.why += "; " + provided;
  return result;
}

Forecast one_more_thread(const RunModel& model, const std::string& binds, const ThreadBudget& budget) {
  if (binds == "memory") return {"one more thread", model.rate, true, "it would wait for memory with the others"};
  const auto changed = with_servers(model.resources, "threads", model.threads + 1);
  Forecast result = forecast("one more thread", model, changed, binds.empty(), "if it has a core of its own");
  if (model.threads < budget.threads || !result.rate) return result;
  result.why = fmt::format("no core for it: the budget is {} ({}); with one more it would be {:.4g}/s", budget.threads,
                           budget.reason, *result.rate);
  result.rate.reset();
  return result;
}

// Without the network's time on threads: what the fastest device could give.
Forecast device_for_network(const RunModel& model) {
  const ResourceUse& threads = *model.find("threads");
  const double pictures = static_cast<double>(model.pictures);
  const auto changed = with_demand(model.resources, "threads", threads.demand - model.infer_seconds / pictures);
  return forecast("a device for the network", model, changed, true, "if the device is no slower than that");
}

Forecast more_memory(const RunModel& model) {
  // The threads would work in the time that they now wait.
  const double most = model.rate / std::max(1 - model.memory_share, 1e-9);
  return {"a larger memory budget", std::min(most, bound_of(model.resources)), true,
          fmt::format("the threads wait {:.0f} % of their time for memory", 100 * model.memory_share)};
}

}  // namespace

std::vector<Forecast> forecasts_of(const RunModel& model, const std::string& binds, const ThreadBudget& budget) {
  std::vector<Forecast> forecasts;
  if (!model.find("threads")) return forecasts;
  forecasts.push_back(one_more_thread(model, binds, budget));
  if (binds == "memory") forecasts.push_back(more_memory(model));
  if (const ResourceUse* network = model.find("network"); network && binds == "network")
    forecasts.push_back(forecast("twice the transfers in flight", model,
                                 with_servers(model.resources, "network", 2 * network->servers), true,
                                 "if hosts and line bear it: waiting for a connection is part of a transfer's time"));
  bool devices = false;
  for (const ResourceUse& resource : model.resources) {
    if (resource.name == "threads" || resource.name == "source" || resource.name == "sink" ||
        resource.name == "network")
      continue;
    devices = true;
    if (resource.name == binds)
      forecasts.push_back(forecast("one more device like " + resource.name, model,
                                   with_servers(model.resources, resource.name, 2), false, "if it is as fast"));
  }
  if (!devices && model.infer_seconds > 0 && binds != "memory") forecasts.push_back(device_for_network(model));
  return forecasts;
}

std::string best_change(const Diagnosis& diagnosis) {
  const Forecast* best = nullptr;
  for (const Forecast& forecast : diagnosis.forecasts)
    if (forecast.rate && !forecast.at_most && (!best || *forecast.rate > *best->rate)) best = &forecast;
  if (!best) return "";
  const double gain = *best->rate / diagnosis.rate;
  if (gain < 1.01) return "; " + best->change + " would give nothing";
  return fmt::format("; {} would give {:.2f} x", best->change, gain);
}

}  // namespace fovea::pipeline
