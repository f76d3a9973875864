#include "auto_precision.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/precision.h"
#include "precision_sample.h"
#include "table.h"

namespace fovea::cli {
namespace {

constexpr double default_agreement = 99.5;  // percent
constexpr int wide_cell = 160;

std::string table_of(const PrecisionTrial& trial) {
  std::vector<TableRow> rows{{"PRECISION", "IMAGES/S", "AGREE", "WORST LOGIT", "VERDICT"}};
  for (const PrecisionResult& r : trial.results) {
    const bool measured = r.unavailable.empty();
    rows.push_back({std::string(name(r.precision)), measured ? fmt::format("{:.1f}", r.pictures_per_second) : "",
                    measured ? fmt::format("{} of {}", r.agreeing, r.pictures) : "",
                    measured ? fmt::format("{:.2g}", r.worst_logit_error) : "", r.verdict});
  }
  return format_table(rows, "lrrrl", wide_cell);
}

void remember(const Model& model, const PrecisionChoice& choice, Console& console) {
  try {
    remember_precision(model, choice);
    console.note(fmt::format("--precision auto: {}, remembered for this CPU and model in {}", name(choice.precision),
                             precision_file(model).native()));
  } catch (const Error& error) {
    console.note(fmt::format("warning: --precision auto: {}, not remembered, the next run measures again: {}",
                             name(choice.precision), error.what()));
  }
}

PrecisionChoice measured(const Model& model, const NetworkOptions& options, const PictureOptions& pictures,
                         double percent, Console& console) {
  const std::vector<Array> sample = precision_sample(model, options.auto_precision, pictures, console);
  PrecisionTrialOptions trial_options;
  trial_options.agreement = percent / 100;
  trial_options.batch_size = options.batch_size;
  trial_options.threads = pictures.run.workers;
  console.note(
      fmt::format("--precision auto: measuring with {} pictures, half of which calibrate int8; of the others "
                  "{} % must have f32's first class",
                  sample.size(), percent));
  const PrecisionTrial trial = try_precisions(model, sample, trial_options);
  if (!console.quiet()) console.excerpt(table_of(trial));
  remember(model, trial.choice, console);
  return trial.choice;
}

PrecisionChoice choice_for(const Model& model, const NetworkOptions& options, const PictureOptions& pictures,
                           Console& console) {
  const double percent = options.auto_precision.agreement.value_or(default_agreement);
  const std::optional<PrecisionChoice> known = remembered_precision(model);
  if (!known) return measured(model, options, pictures, percent, console);
  if (known->agreement != percent / 100) {
    console.note(fmt::format("--precision auto: what is remembered is for an agreement of {:g} %, not {:g} %",
                             known->agreement * 100, percent));
    return measured(model, options, pictures, percent, console);
  }
  console.note(fmt::format(
      "--precision auto: {}, as measured at {}, when {} of {} pictures agreed; remove {} to measure "
      "again",
      name(known->precision), known->measured, known->agreeing, known->pictures, precision_file(model).native()));
  return *known;
}

}  // namespace

Model network_of_run(const NetworkOptions& options, const PictureOptions& pictures, const DevicesChoice& devices,
                     Console& console) {
  if (options.precision != "auto") return load_network(options, console, devices.devices.front());
  for (const Device device : devices.devices)
    if (device != Device::cpu())
      throw Error(Errc::unsupported,
                  fmt::format("--precision auto: expected --device cpu, got {}; name a precision", device.name()));
  const Model model = load_network(options, console);
  try {
    return with_choice(model, choice_for(model, options, pictures, console));
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("--precision auto: {}", error.what()));
  }
}

}  // namespace fovea::cli
