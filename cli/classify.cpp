#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "classify_options.h"
#include "fovea/sink.h"
#include "interrupt.h"
#include "outputs.h"
#include "progress_line.h"
#include "pull.h"
#include "run_summary.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

std::vector<OutputFile> outputs_of(const ClassifyOptions& options) {
  std::vector<OutputFile> outputs;
  if (!options.output.empty()) outputs.push_back({"--output", options.output});
  if (!options.logits_file.empty()) outputs.push_back({"--save-logits", options.logits_file});
  if (!options.summary_file.empty()) outputs.push_back({"--json-summary", options.summary_file});
  options.profile.add_output(outputs);
  return outputs;
}

std::vector<std::string> inputs_of(const ClassifyOptions& options) {
  std::vector<std::string> inputs = list_inputs(options.inputs);
  if (inputs.empty())
    throw Error(
        Errc::nothing_to_do,
        fmt::format("expected at least one file, got {} with none",
                    options.inputs.size() == 1 ? "a folder" : fmt::format("{} folders", options.inputs.size())));
  check_not_inputs(outputs_of(options), inputs, options.output.empty());
  return inputs;
}

ImageProcessor processor_of(const ClassifyOptions& options) {
  try {
    choose_device(options.processor.device);
  } catch (const Error& error) {
    throw Error(error.code(), "--device " + options.processor.device + ": " + error.what());
  }
  ImageProcessor processor(options.processor);
  if (!options.labels.empty() || options.preprocess.any()) processor.load_model(adapted(processor.model(), options));
  return processor;
}

struct NamedSink {
  std::string name;
  std::unique_ptr<RowSink> sink;
};

// What `work` throws, with the name of the place in front.
void named(const std::string& name, const auto& work) {
  try {
    work();
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

std::vector<NamedSink> sinks_of(const ClassifyOptions& options, const Model& model) {
  std::vector<NamedSink> sinks;
  const std::string rows = options.output.empty() ? "standard output" : "--output " + options.output;
  named(rows, [&] {
    const RowColumns columns{{}, std::min(options.processor.topk, model.classes())};
    sinks.push_back(
        {rows, options.format == "csv" ? csv_sink(options.output, columns) : jsonl_sink(options.output, columns)});
  });
  if (options.logits_file.empty()) return sinks;
  const std::string logits = "--save-logits " + options.logits_file;
  named(logits, [&] { sinks.push_back({logits, npy_sink(options.logits_file, model.classes())}); });
  return sinks;
}

// What the rows say about the run as a whole.
std::optional<Error> verdict(const RunSummary& summary, const ClassifyOptions& options) {
  const auto [rows, failed] = std::pair(summary.failures.rows, summary.failures.failed);
  if (summary.report.interrupted)
    return Error(Errc::interrupted,
                 fmt::format("interrupted: {} of {} rows are {}", rows, summary.inputs, place_of(options)));
  if (summary.report.over_budget)
    return Error(Errc::too_many_failures,
                 fmt::format("--max-failures: expected at most {} failed, got {} of {} pictures{}",
                             options.failures.text, failed, rows, rows < summary.inputs ? "; stopped early" : ""));
  if (failed > 0 && failed == rows && options.failures.text.empty())
    return Error(Errc::too_many_failures,
                 fmt::format("expected a picture that can be read, got {} that failed", failed));
  return std::nullopt;
}

RunSummary process(const ClassifyOptions& options, const ImageProcessor& processor, std::span<const std::string> inputs,
                   Console& console, const std::stop_token& stop) {
  RunSummary summary;
  summary.inputs = static_cast<std::int64_t>(inputs.size());
  const auto begin = std::chrono::steady_clock::now();
  try {
    const auto sinks = sinks_of(options, processor.model());
    ProgressLine progress(console);
    const auto take = [&](Row&& row) {
      for (const auto& [name, sink] : sinks) named(name, [&, &out = *sink] { out.write(row); });
      summary.failures.add(row);
    };
    const auto show = [&](const Progress& state) { progress.pictures(state); };
    summary.report = processor.parallel_process(inputs, take, stop, show);
    for (const auto& [name, sink] : sinks) named(name, [&out = *sink] { out.finish(); });
    summary.ended_by = verdict(summary, options);
  } catch (const Error& error) {
    summary.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    summary.ended_by = error;
  }
  summary.exit_code = summary.ended_by ? exit_code(summary.ended_by->code()) : 0;
  return summary;
}

int run(const ClassifyOptions& options, Arguments arguments, Console& console) {
  check_outputs(outputs_of(options));
  const std::vector<std::string> inputs = inputs_of(options);
  pull_if_missing(options.processor.model, console);
  Interrupt interrupt(console, "interrupted: finishing the pictures in flight; again to quit");
  const ImageProcessor processor = processor_of(options);
  if (processor.model().labels().empty())
    console.note(
        "the model file has no labels: rows carry class numbers; --labels FILE or --labels imagenet names them");
  ProfiledRun profiled(options.profile);
  const RunSummary summary = process(options, processor, inputs, console, interrupt.token());
  const bool rows_are_safe = !summary.ended_by || summary.ended_by->code() == Errc::too_many_failures ||
                             summary.ended_by->code() == Errc::interrupted;
  if (rows_are_safe) print_summary(console, options, processor, summary);
  try {
    if (!options.summary_file.empty()) write_json_summary(options.summary_file, arguments, processor, summary);
  } catch (const Error&) {
    if (rows_are_safe) throw;
  }
  profiled.finish(console);
  if (summary.ended_by) throw *summary.ended_by;
  return 0;
}

}  // namespace

int classify(Arguments arguments, Console& console) {
  ClassifyOptions options;
  if (!parse_classify(arguments, console, options)) return 0;
  console.set_quiet(options.quiet);
  try {
    return run(options, arguments, console);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("classify: {}", error.what()));
  }
}

}  // namespace fovea::cli
