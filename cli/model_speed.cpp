#include "model_speed.h"

#include <fmt/format.h>

#include "fovea/tuning.h"
#include "option_values.h"
#include "pull.h"
#include "table.h"

namespace fovea::cli {
namespace {

constexpr int wide_cell = 160;

std::string kernel(const std::string& variant, const std::string& method) {
  return method.empty() ? variant : variant + " " + method;
}

std::string rate(double operations, double seconds) {
  return operations > 0 && seconds > 0 ? fmt::format("{:.1f}", operations / seconds * 1e-9) : "";
}

std::string share(double operations, double seconds, double limit) {
  return operations > 0 && seconds > 0 ? fmt::format("{:.0f} %", operations / seconds / limit * 100) : "";
}

// A table and its legend.
std::string explanation(const StepTimes& times) {
  std::vector<TableRow> rows{{"LAYER", "OP", "KERNEL", "OUTPUT", "MS", "GFLOP/S", "OF LIMIT"}};
  double operations = 0;
  for (const StepTime& step : times.steps) {
    operations += step.operations;
    rows.push_back({fmt::format("{}", fmt::join(step.layers, " + ")), step.op, kernel(step.variant, step.method),
                    to_string(step.output), fmt::format("{:.3f}", step.seconds * 1e3),
                    rate(step.operations, step.seconds), share(step.operations, step.seconds, times.operations_limit)});
  }
  rows.push_back({"all", "", "", "", fmt::format("{:.3f}", times.seconds * 1e3), rate(operations, times.seconds),
                  share(operations, times.seconds, times.operations_limit)});
  return format_table(rows, "llllrrr", wide_cell) +
         fmt::format(
             "\n{} {} together, {} {}; medians of {} runs. Operations as direct sums have them, beside the {:.1f} "
             "GFLOP/s of\nmultiply-adds on registers: what passes the limit multiplies less (Winograd).\n",
             times.pictures, times.pictures == 1 ? "picture" : "pictures", times.threads,
             times.threads == 1 ? "thread" : "threads", times.rounds, times.operations_limit * 1e-9);
}

}  // namespace

int model_explain(Arguments arguments, Console& console) {
  CommandLine line(
      "model explain", "MODEL",
      "Which kernel computes each layer on this CPU, how long it takes, and how near that is to the limit.",
      "  fovea model explain resnet18\n  fovea model explain resnet50.pth --batch 8 --threads 1");
  int batch = 1, threads = 0;
  line.value("-b,--batch", "N", "pictures together (default: 1; batches of more than 8 are run in pieces of 8)",
             integer(batch, 1, 64));
  line.value("-j,--threads", "N", "threads that share the work (default: the budget)", integer(threads, 1, 4096));
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  console.print(explanation(time_steps(load_for("model explain", operands[0], console), batch, threads)));
  return 0;
}

int model_tune(Arguments arguments, Console& console) {
  CommandLine line(
      "model tune", "MODEL",
      "Measures the kernels that could compute each convolution and remembers the fastest for this CPU and model "
      "file.\n"
      "The table is used from then on, whatever the batch and the threads: pictures' results depend on neither. But "
      "they\n"
      "may differ in their last digits from those without the table, or of another machine's.",
      "  fovea model tune resnet18\n  fovea model tune resnet18 --for latency\n  FOVEA_TUNING=off fovea classify ...   "
      "# without the table");
  TuningGoal goal = TuningGoal::throughput;
  line.value("--for", "GOAL", "throughput: batches of 8 on a core (default); latency: a picture alone on all cores",
             [&goal](const std::string& text) {
               goal = parse_choice(text, {"throughput", "latency"}) == "latency" ? TuningGoal::latency
                                                                                 : TuningGoal::throughput;
             });
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  const Tuning tuning = tune(load_for("model tune", operands[0], console), goal);
  std::vector<TableRow> rows{{"LAYER", "DEFAULT", "MS", "CHOSEN", "MS"}};
  for (const TunedLayer& layer : tuning.layers)
    rows.push_back({layer.layer, kernel(layer.default_variant, layer.default_method),
                    fmt::format("{:.3f}", layer.default_seconds * 1e3),
                    layer.changed() ? kernel(layer.variant, layer.method) : "=",
                    layer.changed() ? fmt::format("{:.3f}", layer.seconds * 1e3) : ""});
  console.print(format_table(rows, "llrlr", wide_cell) + "\n" + tuning.file.native() + "\n");
  return 0;
}

}  // namespace fovea::cli
