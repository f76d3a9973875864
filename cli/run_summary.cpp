#include "run_summary.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>

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

Json summary_json(Arguments command_line, const ImageProcessor& processor, const RunSummary& summary) {
  const Model& model = processor.model();
  const Report& report = summary.report;
  Json json;
  json["version"] = version();
  json["command_line"] = std::vector<std::string>(command_line.begin(), command_line.end());
  json["model"] = {{"name", model.name()},
                   {"architecture", model.architecture()},
                   {"fingerprint", model.fingerprint()},
                   {"classes", model.classes()}};
  json["preprocess"] = preprocess_json(model.preprocess());
  json["device"] = {{"name", processor.device().device.name()}, {"reason", processor.device().reason}};
  if (model.device() != Device::cpu()) json["device_runs"] = runs_json(model.device_runs());
  json["threads"] = report.threads;
  json["batch_size"] = processor.options().batch_size;
  json["inputs"] = summary.inputs;
  json["ok"] = summary.failures.rows - summary.failures.failed;
  json["failed"] = summary.failures.failed;
  json["failures"] = Json::object();
  for (const auto& [code, count] : summary.failures.by_code) json["failures"][std::string(name(code))] = count;
  json["seconds"] = report.seconds;
  json["images_per_s"] = report.seconds > 0 ? static_cast<double>(summary.failures.rows) / report.seconds : 0;
  json["first_result_s"] = report.first_result_seconds;
  json["stages"] = Json::array();
  for (const StageTime& stage : report.stages)
    json["stages"].push_back({{"name", stage.name}, {"busy_s", stage.busy_seconds}});
  json["peak_rss_mb"] = peak_rss_mb();
  json["interrupted"] = report.interrupted;
  json["exit_code"] = summary.exit_code;
  return json;
}

}  // namespace

void print_summary(Console& console, const ClassifyOptions& options, const ImageProcessor& processor,
                   const RunSummary& summary) {
  const Report& report = summary.report;
  const Failures& failures = summary.failures;
  if (failures.failed > 0) {
    console.note("failed: " + failures.counts());
    for (const std::string& failure : failures.first) console.note("  " + failure);
  }
  const double rate = report.seconds > 0 ? static_cast<double>(failures.rows) / report.seconds : 0;
  console.note(fmt::format("{} {}, {} failed, {:.2f} s, {:.1f} images/s, {} ({}), {} {}", failures.rows,
                           failures.rows == 1 ? "picture" : "pictures", failures.failed, report.seconds, rate,
                           processor.device().device.name(), processor.device().reason, report.threads,
                           report.threads == 1 ? "thread" : "threads"));
  const Model& model = processor.model();
  if (model.device() != Device::cpu()) console.note(runs_text(model.device_runs()));
  if (!summary.ended_by)
    console.note(fmt::format("{} {} {}", failures.rows, failures.rows == 1 ? "row is" : "rows are", place_of(options)));
}

std::string place_of(const ClassifyOptions& options) {
  return options.output.empty() ? "on standard output" : "in " + options.output;
}

void write_json_summary(const std::string& file, Arguments command_line, const ImageProcessor& processor,
                        const RunSummary& summary) {
  const Json json = summary_json(command_line, processor, summary);
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  stream.close();
  if (!stream) throw Error(Errc::io, "--json-summary " + file + ": expected to write it, got a failure of the medium");
}

}  // namespace fovea::cli
