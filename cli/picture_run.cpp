#include "picture_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "fovea/system.h"
#include "interrupt.h"
#include "own_outputs.h"
#include "progress_line.h"
#include "run_summary.h"
#include "what_if.h"

namespace fovea::cli {
namespace {

bool to_standard_output(const PictureOptions& options) {
  return options.output == "-";
}

std::vector<OutputFile> output_files(const PictureRun& run, const PictureOptions& options) {
  std::vector<OutputFile> files;
  if (!to_standard_output(options)) files.push_back({"--output", options.output});
  files.insert(files.end(), run.named_outputs.begin(), run.named_outputs.end());
  if (!options.summary_file.empty()) files.push_back({"--json-summary", options.summary_file});
  options.profile.add_output(files);
  return files;
}

std::vector<JobOutput> job_outputs(const PictureRun& run, const PictureOptions& options) {
  JobOutput rows;
  rows.kind = options.format == "csv" ? JobOutput::Kind::csv : JobOutput::Kind::jsonl;
  if (!to_standard_output(options)) rows.path = options.output;
  std::vector<JobOutput> outputs{rows};
  outputs.insert(outputs.end(), run.outputs.begin(), run.outputs.end());
  return outputs;
}

JobOptions job_options(const PictureRun& run, const PictureOptions& options, Console& console) {
  JobOptions job;
  job.columns = run.task.columns();
  job.manifest = {
      {"verb", run.verb}, {"fovea", version()}, {"device", run.device_names()}, {"vectors", system_info().simd}};
  for (const auto& entry : run.task.manifest()) job.manifest.push_back(entry);
  job.manifest.emplace_back("format", options.format);
  job.commit_seconds = options.commit_seconds;
  job.fresh = options.fresh;
  job.update = options.update;
  job.retry_failed = options.retry_failed;
  job.retry_code = options.retry_code;
  job.note = [&console](const std::string& text) { console.note(text); };
  job.warning = [&console](const std::string& text) { console.note("warning: " + text); };
  return job;
}

// With the file behind standard output, which may lie in a folder that is read.
std::vector<std::filesystem::path> paths_of(const std::vector<OutputFile>& files) {
  std::error_code none;
  std::vector<std::filesystem::path> paths{std::filesystem::read_symlink("/proc/self/fd/1", none)};
  for (const OutputFile& file : files) paths.push_back(file.path);
  return paths;
}

// Rows that an update copied count too, which the run itself does not see.
bool exceeded(const FailureBudget& budget, const RunSummary& summary) {
  return summary.report.over_budget || (budget.count && summary.failed > *budget.count) ||
         (budget.fraction &&
          static_cast<double>(summary.failed) > std::floor(*budget.fraction * static_cast<double>(summary.rows)));
}

// What the rows say about the run as a whole.
std::optional<Error> verdict(const RunSummary& summary, const PictureOptions& options, const Job& job) {
  const Report& report = summary.report;
  if (report.interrupted)
    return Error(Errc::interrupted,
                 fmt::format("interrupted: {}{} rows are {}{}", summary.rows,
                             report.inputs_known >= 0 ? fmt::format(" of {}", report.inputs_known) : "",
                             place_of(options), job.journaled() ? "; the same command goes on from there" : ""));
  if (exceeded(options.failures, summary))
    return Error(Errc::too_many_failures,
                 fmt::format("--max-failures: expected at most {} failed, got {} of {} pictures{}",
                             options.failures.text, summary.failed, summary.rows,
                             summary.rows < report.inputs_known || report.inputs_known < 0 ? "; stopped early" : ""));
  if (summary.failed > 0 && summary.failed == summary.rows && options.failures.text.empty())
    return Error(Errc::too_many_failures,
                 fmt::format("expected a picture that can be read, got {} that failed", summary.failed));
  return std::nullopt;
}

RunOptions run_options(const PictureRun& picture_run, const PictureOptions& options, Job& job, ProgressLine& progress,
                       Console& console) {
  RunOptions run = options.run;
  run.devices = picture_run.devices;
  run.max_failures = options.failures.count;
  run.max_failed_fraction = options.failures.fraction;
  run.failed_before = job.failed();
  if (job.journaled())
    run.known = [&job](std::int64_t index, const std::string& path) { return job.known(index, path); };
  run.progress = [&progress](const Progress& state) { progress.pictures(state); };
  if (options.give_up) run.stall_seconds = std::min(run.stall_seconds, *options.give_up);
  run.stalled = [&options, &console, &job](const std::string& text, double seconds) {
    console.note(fmt::format("no progress for {:.0f} s: {}", seconds, text));
    if (!options.give_up || seconds < *options.give_up) return;
    // A thread that never returns cannot be ended but with the process; the job is as safe as after a kill.
    console.error(Errc::interrupted, fmt::format("--give-up: no progress for {:.0f} s{}", seconds,
                                                 job.journaled() ? "; the same command goes on" : ""));
    ::_exit(exit_code(Errc::interrupted));
  };
  return run;
}

void process(const PictureRun& run, const PictureOptions& options, Source& source, Job& job, Console& console,
             const std::stop_token& stop, RunSummary& summary) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    ProgressLine progress(console);
    const auto take = [&](Row&& row) {
      if (!row.reused) summary.failures.add(row);
      job.write(std::move(row));
    };
    summary.report = fovea::run(source, run.task, take, run_options(run, options, job, progress, console), stop);
    const bool to_the_end = !summary.report.interrupted && !summary.report.over_budget;
    to_the_end ? job.finish() : job.suspend();
    summary.rows = job.journaled() ? job.rows() : summary.report.inputs;
    summary.failed = job.journaled() ? job.failed() : summary.report.failed;
    summary.ended_by = verdict(summary, options, job);
  } catch (const Error& error) {
    summary.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    summary.rows = summary.failures.rows;
    summary.failed = summary.failures.failed;
    summary.ended_by = error;
  }
  summary.exit_code = summary.ended_by ? exit_code(summary.ended_by->code()) : 0;
}

void tell(const PictureRun& run, const PictureOptions& options, const RunSummary& summary, Console& console) {
  const bool rows_are_safe = !summary.ended_by || summary.ended_by->code() == Errc::too_many_failures ||
                             summary.ended_by->code() == Errc::interrupted;
  if (rows_are_safe) print_summary(console, run, options, summary);
  try {
    if (!options.summary_file.empty()) write_json_summary(options.summary_file, run, summary);
  } catch (const Error&) {
    if (rows_are_safe) throw;
  }
}

}  // namespace

int run_pictures(const PictureRun& run, PictureOptions& options, Console& console) {
  const std::vector<OutputFile> files = output_files(run, options);
  check_outputs(files);
  check_not_inputs(files, options.inputs, to_standard_output(options));
  const std::unique_ptr<Source> named = open_source(options.inputs, options.source);
  InputsButOutputs source(*named, paths_of(files));
  if (source.empty()) throw Error(Errc::nothing_to_do, "expected at least one input, got none");
  Interrupt interrupt(console, "interrupted: finishing the pictures in flight; again to quit");
  Job job(job_outputs(run, options), job_options(run, options, console));
  if (job.rows() > 0 && !job.complete()) console.note(fmt::format("going on after {} rows that are there", job.rows()));
  ProfiledRun profiled(options.profile);
  RunSummary summary;
  process(run, options, source, job, console, interrupt.token(), summary);
  summary.diagnosis = diagnosis_of(run, options, summary.report);
  tell(run, options, summary, console);
  profiled.finish(console);
  if (summary.ended_by) throw *summary.ended_by;
  return 0;
}

void PictureRun::add_output(const std::string& option, const JobOutput& output) {
  outputs.push_back(output);
  named_outputs.push_back({option, output.path, output.kind == JobOutput::Kind::folder});
}

std::string PictureRun::device_names() const {
  std::string names;
  for (const Device device : devices) names += (names.empty() ? "" : ",") + device.name();
  return names;
}

Error of_verb(const std::string& verb, const Error& error) {
  const std::string text = error.what(), name = verb + ": ";
  return Error(error.code(), text.starts_with(name) ? text : name + text);
}

DevicesChoice devices_of(const PictureOptions& options) {
  try {
    return choose_devices(options.device);
  } catch (const Error& error) {
    throw Error(error.code(), "--device " + options.device + ": " + error.what());
  }
}

}  // namespace fovea::cli
