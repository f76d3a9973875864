#include "bench/table_rows.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <ctime>

#include "fovea/system.h"

namespace fovea::cli {
namespace {

using Json = nlohmann::ordered_json;

// Four digits: what a measurement is worth.
std::string short_number(double value) {
  if (value == 0) return "0";
  const int whole = value < 1 ? 0 : static_cast<int>(std::floor(std::log10(value))) + 1;
  return fmt::format("{:.{}f}", value, value < 0.1 ? 5 : std::max(0, 4 - std::max(whole, 1)));
}

std::string range(const Spread& ms) {
  return fmt::format("{}..{}", short_number(ms.min), short_number(ms.max));
}

double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10, 5 - std::ceil(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

}  // namespace

std::string json_line(const Case& c, const Measurement& m, Device device, const Conditions& conditions) {
  Json peers = Json::object(), loops = Json::object();
  for (const Timing& peer : m.peers) peers[peer.name] = rounded(peer.ms.median);
  for (const Timing& loop : m.loops) loops[loop.name] = rounded(loop.ms.median);
  Json row{{"subject", c.subject},
           {"case", c.name},
           {"dtype", name(c.dtype)},
           {"device", device.name()},
           {"variant", conditions.variant},
           {"threads", conditions.threads},
           {"median_ms", rounded(m.ms.median)},
           {"min_ms", rounded(m.ms.min)},
           {"max_ms", rounded(m.ms.max)},
           {"rate", number_or_null(m.rate)},
           {"unit", c.unit.empty() ? Json(nullptr) : Json(c.unit)},
           {"limit", number_or_null(m.limit)},
           {"share", number_or_null(m.share)},
           {"peers", peers}};
  if (!loops.empty()) row["loops"] = loops;
  return row.dump() + '\n';
}

std::vector<std::string> table_header() {
  return {"CASE", "TYPE", "MEDIAN ms", "MIN..MAX", "RATE", "LIMIT SHARE", "TIMES OURS"};
}

void add_rows(std::vector<std::vector<std::string>>& rows, const Case& c, const Measurement& m) {
  rows.push_back({c.name, std::string(name(c.dtype)), short_number(m.ms.median), range(m.ms),
                  m.rate ? short_number(*m.rate) + " " + c.unit : "",
                  m.limit ? fmt::format("{} {:.2f}", short_number(*m.limit), *m.share) : "", ""});
  for (const auto* list : {&m.loops, &m.peers})
    for (const Timing& other : *list)
      rows.push_back({"  " + other.name, "", short_number(other.ms.median), range(other.ms),
                      c.unit.empty() ? "" : short_number(c.work / 1e6 / other.ms.median) + " " + c.unit, "",
                      fmt::format("{}x", short_number(other.ms.median / m.ms.median))});
}

std::string conditions_line(const Conditions& conditions) {
  const SystemInfo info = system_info();
  double load = 0;
  ::getloadavg(&load, 1);
  return fmt::format("{:%Y-%m-%d}, fovea {}, {} ({}), {} of {} threads, variant {}, load {:.2f}",
                     fmt::localtime(std::time(nullptr)), info.version, info.cpu, info.simd, conditions.threads,
                     info.threads.online, conditions.variant, load);
}

}  // namespace fovea::cli
