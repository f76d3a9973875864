#include "diagnosis_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "table.h"

namespace fovea::cli {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::string>;

constexpr std::size_t most_resources = 3, most_forecasts = 6;
constexpr double least_share = 0.005;  // that is worth a word

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

void add_resources(const Diagnosis& diagnosis, Lines& lines) {
  std::vector<ResourceUse> resources = diagnosis.resources;
  std::stable_sort(resources.begin(), resources.end(),
                   [](const ResourceUse& a, const ResourceUse& b) { return a.utilisation > b.utilisation; });
  if (resources.size() > most_resources) resources.resize(most_resources);
  std::vector<TableRow> rows{{"RESOURCE", "SERVERS", "BUSY", "MS/PICTURE", "AT MOST/S"}};
  for (const ResourceUse& resource : resources)
    rows.push_back({resource.name, fmt::format("{:.0f}", resource.servers), percent(resource.utilisation),
                    fmt::format("{:.3g}", 1000 * resource.demand), fmt::format("{:.1f}", resource.bound)});
  std::istringstream table(format_table(rows, "lrrrr"));
  for (std::string line; std::getline(table, line);) lines.push_back("  " + line);
}

std::string thread_time(const Diagnosis& diagnosis) {
  std::string text = "  threads' time:";
  const auto add = [&](const std::string& name, double share) {
    if (share >= least_share) text += fmt::format(" {} {},", name, percent(share));
  };
  for (const StageUse& stage : diagnosis.stages) add(stage.name, stage.share);
  for (const WaitUse& wait : diagnosis.waits)
    add(wait.reason == "other" ? "not counted" : "waiting for " + wait.reason, wait.share);
  text.pop_back();
  return text;
}

std::string queues(const Diagnosis& diagnosis) {
  std::string text = "  in queues:";
  for (const QueueUse& queue : diagnosis.queues)
    if (queue.most > 0) text += fmt::format(" {} {:.1f} of {},", queue.name, queue.mean, queue.capacity);
  text.pop_back();
  return text;
}

std::string forecast_line(const Forecast& forecast, double rate) {
  if (!forecast.rate) return fmt::format("  {}: {}", forecast.change, forecast.why);
  return fmt::format("  {}: {}{:.1f}/s, {:.2f} x; {}", forecast.change, forecast.at_most ? "at most " : "",
                     *forecast.rate, *forecast.rate / rate, forecast.why);
}

// Files that were in the system's cache come faster than from where they are kept.
std::string limit_text(const LimitUse& limit) {
  const double share = limit.reached / limit.limit;
  if (share > 1) return fmt::format(" {} from the cache,", limit.stage);
  return fmt::format(" {} {} of {:.3g} G {},", limit.stage, percent(share), limit.limit / 1e9, limit.unit);
}

std::string limits(const Diagnosis& diagnosis) {
  std::string text = "  of the machine's limit:";
  for (const LimitUse& limit : diagnosis.limits) text += limit_text(limit);
  text.pop_back();
  return text;
}

}  // namespace

std::vector<std::string> diagnosis_lines(const Diagnosis& diagnosis) {
  Lines lines{diagnosis.verdict};
  if (diagnosis.forecasts.empty()) return lines;
  add_resources(diagnosis, lines);
  lines.push_back(thread_time(diagnosis));
  if (std::any_of(diagnosis.queues.begin(), diagnosis.queues.end(), [](const QueueUse& q) { return q.most > 0; }))
    lines.push_back(queues(diagnosis));
  for (std::size_t k = 0; k < std::min(diagnosis.forecasts.size(), most_forecasts); ++k)
    lines.push_back(forecast_line(diagnosis.forecasts[k], diagnosis.rate));
  if (!diagnosis.limits.empty()) lines.push_back(limits(diagnosis));
  return lines;
}

nlohmann::ordered_json diagnosis_json(const Diagnosis& diagnosis) {
  Json json = {{"verdict", diagnosis.verdict},
               {"binds", diagnosis.binds.empty() ? Json(nullptr) : Json(diagnosis.binds)},
               {"headroom", diagnosis.headroom ? Json(*diagnosis.headroom) : Json(nullptr)},
               {"pictures_per_s", diagnosis.rate}};
  for (const char* list : {"resources", "stages", "waits", "forecasts", "limits"}) json[list] = Json::array();
  for (const ResourceUse& r : diagnosis.resources)
    json["resources"].push_back({{"name", r.name},
                                 {"servers", r.servers},
                                 {"demand_s", r.demand},
                                 {"utilisation", r.utilisation},
                                 {"bound_per_s", r.bound}});
  for (const StageUse& s : diagnosis.stages)
    json["stages"].push_back({{"name", s.name}, {"service_s", s.service_seconds}, {"share", s.share}});
  for (const WaitUse& w : diagnosis.waits) json["waits"].push_back({{"reason", w.reason}, {"share", w.share}});
  for (const Forecast& f : diagnosis.forecasts)
    json["forecasts"].push_back({{"change", f.change},
                                 {"pictures_per_s", f.rate ? Json(*f.rate) : Json(nullptr)},
                                 {"at_most", f.at_most},
                                 {"why", f.why}});
  for (const LimitUse& l : diagnosis.limits)
    json["limits"].push_back({{"stage", l.stage}, {"unit", l.unit}, {"reached", l.reached}, {"limit", l.limit}});
  return json;
}

}  // namespace fovea::cli
