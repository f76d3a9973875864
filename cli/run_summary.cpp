#include "run_summary.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "diagnosis_text.h"
#include "fovea/system.h"

namespace fovea::cli {
namespace {

using Json = nlohmann::ordered_json;

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// As their shortest decimals, not as the doubles next to them.
std::vector<double> decimals(const std::vector<float>& values) {
  std::vector<double> result;
  for (const float value : values) result.push_back(std::stod(fmt::format("{}", value)));
  return result;
}

Json preprocess_json(const Preprocess& preprocess) {
  return {{"resize", preprocess.resize},       {"crop", preprocess.crop},
          {"channels", preprocess.channels},   {"interpolation", preprocess.interpolation},
          {"mean", decimals(preprocess.mean)}, {"std", decimals(preprocess.std)}};
}

Json runs_json(const DeviceRuns& runs) {
  return {{"runs", runs.runs},
          {"graph_launches", runs.graph_launches},
          {"first_of_size", runs.first_of_size},
          {"first_after_out_of_memory", runs.first_after_out_of_memory},
          {"not_recordable", runs.not_recordable},
          {"not_recordable_because", runs.not_recordable_because},
          {"batches_split", runs.split},
          {"padded", runs.padded},
          {"padding", runs.padding},
          {"out_of_memory", runs.out_of_memory},
          {"largest", runs.largest}};
}

// How the network ran on its device, with the reasons why a run was no replay of a recorded graph.
std::string runs_text(const DeviceRuns& runs) {
  std::string text = fmt::format("network: {} runs of up to {} pictures, {} replayed a graph", runs.runs, runs.largest,
                                 runs.graph_launches);
  const auto add = [&](std::int64_t count, const std::string& what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(runs.first_of_size, "first of their size");
  add(runs.first_after_out_of_memory, "first after memory ran out");
  add(runs.not_recordable, "not recordable (" + runs.not_recordable_because + ")");
  add(runs.split, "batches split");
  add(runs.padded, fmt::format("padded by {} pictures in all", runs.padding));
  add(runs.out_of_memory, "times out of memory");
  return text;
}

Json model_json(const Model& model) {
  return {{"name", model.name()},
          {"architecture", model.architecture()},
          {"fingerprint", model.fingerprint()},
          {"classes", model.classes()}};
}

Json times_json(const std::vector<StageTime>& stages) {
  Json json = Json::array();
  for (const StageTime& stage : stages)
    json.push_back({{"name", stage.name}, {"busy_s", stage.busy_seconds}, {"count", stage.count}});
  return json;
}

Json summary_json(const PictureRun& run, const RunSummary& summary) {
  const Report& report = summary.report;
  Json json;
  json["version"] = version();
  json["command_line"] = std::vector<std::string>(run.command_line.begin(), run.command_line.end());
  if (run.model) {
    json["model"] = model_json(*run.model);
    json["preprocess"] = preprocess_json(run.model->preprocess());
  }
  json["settings"] = Json::object();
  for (const auto& [name, value] : run.task.manifest()) json["settings"][name] = value;
  json["device"] = {{"name", run.device_names()}, {"reason", run.device_reason}};
  if (run.model && run.model->device() != Device::cpu()) json["device_runs"] = runs_json(run.model->device_runs());
  json["devices"] = Json::object();
  for (std::size_t i = 0; i < report.devices.size(); ++i) json["devices"][report.devices[i]] = report.pictures[i];
  json["threads"] = report.threads;
  json["batch_size"] = run.task.batch(Device::cpu());
  json["inputs"] = report.inputs_known >= 0 ? Json(report.inputs_known) : Json(nullptr);
  json["rows"] = summary.rows;
  json["ok"] = summary.rows - summary.failed;
  json["failed"] = summary.failed;
  json["reused"] = report.reused;
  json["failures"] = Json::object();
  for (const auto& [code, count] : summary.failures.by_code) json["failures"][std::string(name(code))] = count;
  json["seconds"] = report.seconds;
  json["images_per_s"] = report.seconds > 0 ? static_cast<double>(summary.failures.rows) / report.seconds : 0;
  json["first_result_s"] = report.first_result_seconds;
  json["stages"] = times_json(report.stages);
  json["waits"] = times_json(report.waits);
  json["queues"] = Json::array();
  for (const QueueUse& queue : report.queues)
    json["queues"].push_back(
        {{"name", queue.name}, {"mean", queue.mean}, {"most", queue.most}, {"capacity", queue.capacity}});
  json["memory"] = {{"budget", report.memory_budget}, {"most", report.memory_bytes}};
  json["diagnosis"] = diagnosis_json(summary.diagnosis);
  json["peak_rss_mb"] = peak_rss_mb();
  json["interrupted"] = report.interrupted;
  json["exit_code"] = summary.exit_code;
  return json;
}

std::string count_of(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

void print_summary(Console& console, const PictureRun& run, const PictureOptions& options, const RunSummary& summary) {
  const Report& report = summary.report;
  const Failures& failures = summary.failures;
  if (failures.failed > 0) {
    console.note((report.reused > 0 ? "failed in this run: " : "failed: ") + failures.counts());
    for (const std::string& failure : failures.first) console.note("  " + failure);
  }
  const double rate = report.seconds > 0 ? static_cast<double>(failures.rows) / report.seconds : 0;
  console.note(
      fmt::format("{}{}, {} failed{}, {:.2f} s, {:.1f} images/s, {} ({}), {}", count_of(failures.rows, "picture"),
                  report.reused > 0 ? fmt::format(" and {} from before", report.reused) : "", failures.failed,
                  report.reused > 0 ? fmt::format(" of these and {} in all", summary.failed) : "", report.seconds, rate,
                  run.device_names(), run.device_reason, count_of(report.threads, "thread")));
  for (std::size_t i = 0; report.devices.size() > 1 && i < report.devices.size(); ++i)
    console.note(fmt::format("  {}: {}", report.devices[i], count_of(report.pictures[i], "picture")));
  if (run.model && run.model->device() != Device::cpu()) console.note(runs_text(run.model->device_runs()));
  if (options.what_if || !summary.diagnosis.forecasts.empty())
    for (const std::string& line : diagnosis_lines(summary.diagnosis)) console.note(line);
  if (options.what_if && !run.model) console.note("--what-if: this verb has no network to measure");
  if (!summary.ended_by)
    console.note(
        fmt::format("{} {} {}", count_of(summary.rows, "row"), summary.rows == 1 ? "is" : "are", place_of(options)));
}

std::string place_of(const PictureOptions& options) {
  return options.output == "-" ? "on standard output" : "in " + options.output;
}

void write_json_summary(const std::string& file, const PictureRun& run, const RunSummary& summary) {
  const Json json = summary_json(run, summary);
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  stream.close();
  if (!stream) throw Error(Errc::io, "--json-summary " + file + ": expected to write it, got a failure of the medium");
}

}  // namespace fovea::cli
