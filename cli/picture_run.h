#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "failures.h"
#include "fovea/diagnosis.h"
#include "fovea/job.h"
#include "fovea/model.h"
#include "outputs.h"
#include "picture_options.h"

namespace fovea::cli {

// One verb's run over pictures.
struct PictureRun {
  PictureRun(std::string verb_name, Arguments arguments, const Task& what)
      : verb(std::move(verb_name)), command_line(arguments), task(what) {}
  void add_output(const std::string& option, const JobOutput&);  // besides the rows
  std::string device_names() const;                              // "cpu,cuda:0"

  std::string verb;
  Arguments command_line;
  const Task& task;
  std::vector<JobOutput> outputs;
  std::vector<OutputFile> named_outputs;  // these, by the options that name them
  const Model* model = nullptr;           // for the summary
  std::vector<Device> devices{Device::cpu()};
  std::string device_reason = "no network to run";
};

// What became of it.
struct RunSummary {
  Report report;
  Diagnosis diagnosis;
  Failures failures;                  // of the rows made by this run
  std::int64_t rows = 0, failed = 0;  // in the outputs, those from before included
  std::optional<Error> ended_by;      // nothing when the run went to its end
  int exit_code = 0;
};

// Runs the task over the options' inputs into a job, with progress, interrupts, the report and the exit status. Throws
// Error for what ends the run; messages do not name the verb.
int run_pictures(const PictureRun&, PictureOptions&, Console&);

// The error with the verb's name in front, once.
Error of_verb(const std::string& verb, const Error&);

// The devices that --device asks for. Errors name the option.
DevicesChoice devices_of(const PictureOptions&);

}  // namespace fovea::cli
