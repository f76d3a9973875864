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

// Of encoded files, a second.
double megabytes(const Case& c, const Timing& timing) {
  return static_cast<double>(c.encoded_bytes) / 1e6 / (timing.ms.median / 1e3);
}

std::string range(const Timing& timing) {
  std::string text = fmt::format("{}..{}", short_number(timing.ms.min), short_number(timing.ms.max));
  if (timing.p99_ms) text += fmt::format(" p99 {}", short_number(*timing.p99_ms));
  return text;
}

// "3041 images/s, 142 MB/s, 310 MB peak"
std::string rate_text(const Case& c, const Timing& timing) {
  if (c.unit.empty()) return "";
  std::string text = fmt::format("{} {}", short_number(c.rate(timing.ms.median)), c.unit);
  if (c.encoded_bytes > 0) text += fmt::format(", {} MB/s", short_number(megabytes(c, timing)));
  if (timing.peak_mb) text += fmt::format(", {} MB peak", short_number(*timing.peak_mb));
  return text;
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
  const auto medians = [](const std::vector<Timing>& timings) {
    Json object = Json::object();
    for (const Timing& timing : timings) object[timing.name] = rounded(timing.ms.median);
    return object;
  };
  const auto of_peers = [&](std::optional<double> Timing::*figure) {
    Json object = Json::object();
    for (const Timing& peer : m.peers)
      if (peer.*figure) object[peer.name] = rounded(*(peer.*figure));
    return object;
  };
  Json row{{"subject", c.subject},
           {"case", c.name},
           {"dtype", name(c.dtype)},
           {"device", device.name()},
           {"variant", conditions.variant},
           {"threads", c.threads > 0 ? c.threads : conditions.threads},
           {"median_ms", rounded(m.ours.ms.median)},
           {"min_ms", rounded(m.ours.ms.min)},
           {"max_ms", rounded(m.ours.ms.max)},
           {"rate", number_or_null(m.rate)},
           {"unit", c.unit.empty() ? Json(nullptr) : Json(c.unit)},
           {"limit", number_or_null(m.limit)},
           {"share", number_or_null(m.share)},
           {"peers", medians(m.peers)}};
  if (!m.beside.empty()) row["beside"] = medians(m.beside);
  if (!m.loops.empty()) row["loops"] = medians(m.loops);
  if (c.encoded_bytes > 0) row["encoded_mb_per_s"] = rounded(megabytes(c, m.ours));
  if (m.ours.p99_ms) row["p99_ms"] = rounded(*m.ours.p99_ms), row["peers_p99_ms"] = of_peers(&Timing::p99_ms);
  if (m.ours.peak_mb) row["peak_mb"] = rounded(*m.ours.peak_mb), row["peers_peak_mb"] = of_peers(&Timing::peak_mb);
  return row.dump() + '\n';
}

std::vector<std::string> table_header() {
  return {"CASE", "TYPE", "MEDIAN ms", "MIN..MAX", "RATE", "LIMIT SHARE", "TIMES OURS"};
}

void add_rows(std::vector<std::vector<std::string>>& rows, const Case& c, const Measurement& m) {
  rows.push_back({c.name, std::string(name(c.dtype)), short_number(m.ours.ms.median), range(m.ours),
                  rate_text(c, m.ours), m.limit ? fmt::format("{} {:.2f}", short_number(*m.limit), *m.share) : "", ""});
  for (const auto* list : {&m.beside, &m.loops, &m.peers})
    for (const Timing& other : *list)
      rows.push_back({"  " + other.name, "", short_number(other.ms.median), range(other), rate_text(c, other), "",
                      fmt::format("{}x", short_number(other.ms.median / m.ours.ms.median))});
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
