#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "eval_inputs.h"
#include "eval_output.h"
#include "fovea/language.h"
#include "fovea/system.h"
#include "interrupt.h"
#include "outputs.h"
#include "plugins.h"
#include "profile_options.h"
#include "step_progress.h"
#include "table.h"
#include "value.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

using language::Program;
using language::SourceError;
using language::Value;

constexpr const char* summary =
    "Computes an expression in Python's syntax over arrays and pictures.\n\n"
    "NAME=FILE is a .npy file (mapped, so it may be larger than memory), FILE.npz:MEMBER, or a picture; NAME=VALUE a\n"
    "number, text in quotes or a list. Without -o the result is printed.\n\n"
    "  operators   + - * / // % @ ** << >> & | ^ ~ < <= > >= == != and or not, with Python's precedence, by element\n"
    "  values      1 2.5 1e-3 0xFF 2j 'text' [1, 2] True False None pi e inf nan f32 u8...\n"
    "  calls       f(x, axis=0) or x.f(axis=0); fovea eval --functions lists them\n"
    "  views       x[1:10:2, ::-1, ..., None] x.T x.real x.imag; x.shape x.ndim x.size x.dtype\n"
    "  statements  a = sqrt(x); a - mean(a)";

constexpr const char* examples =
    "  fovea eval \"sum(sqrt(x) + x**2)\" x=big.npy\n"
    "  fovea eval \"correlate2d(img, k, mode='same')\" img=a.png k=k.npy -o out.npy\n"
    "  fovea eval \"(x - mean(x, axis=0)) / std(x, axis=0)\" x=data.npz:samples -o scaled.npy\n"
    "  fovea eval \"where(img > limit, 255, 0).astype('u8')\" img=photo.jpg limit=128 -o mask.ppm\n"
    "  fovea eval -- \"-2 ** 2\"\n"
    "Exit status: 0 done, 2 the expression or usage, 65 data refused, 74 output failed, 75 interrupted";

struct EvalOptions {
  std::string output;
  int precision = 8;
  bool type = false, functions = false, quiet = false;
  ProfileWish profile;
};

std::string function_list() {
  std::string text, group;
  std::vector<TableRow> rows;
  const auto flush = [&] {
    if (!rows.empty()) text += fmt::format("{}{}\n{}", text.empty() ? "" : "\n", group, format_table(rows, "ll", 160));
    rows.clear();
  };
  for (const language::FunctionHelp& f : language::functions()) {
    if (f.group != group) flush();
    group = f.group;
    rows.push_back({"  " + f.usage, f.summary});
  }
  flush();
  return text;
}

std::map<std::string, Value, std::less<>> read_inputs(const Program& program, const std::vector<NamedInput>& inputs,
                                                      Console& console) {
  const std::vector<Program::Name> used = program.names();
  std::map<std::string, Value, std::less<>> names;
  for (const NamedInput& input : inputs) {
    // A name may stand for one of the constants too, which used does not tell.
    const bool constant = Program(input.name).names().empty();
    if (!constant && std::none_of(used.begin(), used.end(), [&](const auto& u) { return u.name == input.name; })) {
      console.note(fmt::format("eval: {} is not in the expression", input.name));
      continue;
    }
    names[input.name] = read_input(input);
  }
  return names;
}

void compute(const Program& program, const std::vector<NamedInput>& inputs, const EvalOptions& options,
             Console& console) {
  const Interrupt interrupt(console, "interrupted: stopping after the step at work; again to quit");
  StepProgress progress(console);
  language::Options with;
  with.stop = interrupt.token();
  with.progress = [&](std::string_view step, double done) { progress.take(step, done); };
  EvalOutput output(options.output);
  if (!options.output.empty())
    with.result = [&output](DType dtype, const Shape& shape) { return output.make(dtype, shape); };
  const Value value = program.run(read_inputs(program, inputs, console), with);
  if (options.type) return console.print(type_text(value));
  fovea::EvalOptions last;
  last.stop = interrupt.token();
  last.progress = [&](double done) { progress.take("eval", done); };
  if (options.output.empty()) return console.print(value_text(value, options.precision, last));
  console.note(output.write(value, last));
}

bool parse(Arguments arguments, Console& console, EvalOptions& options, std::vector<std::string>& operands) {
  CommandLine line("eval", "EXPRESSION [NAME=FILE|NAME=VALUE]...", summary, examples);
  line.value("-o,--output", "OUT",
             "where the result goes: .npy, or for u8 images a picture's name: .png, .jpg, .webp, .tif,\n"
             ".bmp, .ppm, .pgm",
             [&options](const std::string& text) {
               check_result_name(text);
               options.output = text;
             });
  line.flag("--type", "print type and shape alone; what can wait is not computed", options.type);
  line.value("--precision", "N", "most digits after the point of an array's numbers (default: 8)",
             [&options](const std::string& text) { options.precision = static_cast<int>(parse_integer(text, 0, 17)); });
  line.value("-j,--threads", "N", "threads (default: as many as this process may use)",
             [](const std::string& text) { set_thread_budget(static_cast<int>(parse_integer(text, 1, 4096))); });
  line.flag("-q,--quiet", "only errors on standard error", options.quiet);
  line.flag("--functions", "list all functions and exit", options.functions);
  add_plugin_options(line);
  options.profile.add_options(line);
  if (!line.parse(arguments, operands, console)) return false;
  if (!options.functions) line.require(operands, 1, operands.size());
  if (options.type && !options.output.empty()) throw line.usage_error("expected one of --type and --output, got both");
  return true;
}

}  // namespace

int eval(Arguments all, Console& console) {
  const std::vector<std::string> arguments = load_plugins("eval", all);
  EvalOptions options;
  std::vector<std::string> operands;
  if (!parse(arguments, console, options, operands)) return 0;
  console.set_quiet(options.quiet);
  if (options.functions) return console.print(function_list()), 0;
  const std::vector<NamedInput> inputs = parse_inputs(std::span(operands).subspan(1));
  std::vector<OutputFile> outputs;
  if (!options.output.empty()) outputs.push_back({"--output", options.output});
  options.profile.add_output(outputs);
  if (!outputs.empty()) {
    std::vector<std::string> files;
    for (const NamedInput& input : inputs) files.push_back(file_of(input));
    check_outputs(outputs);
    check_not_inputs(outputs, files, false);
  }
  try {
    const Program program(operands[0]);
    ProfiledRun profiled(options.profile);
    compute(program, inputs, options, console);
    profiled.finish(console);
    return 0;
  } catch (const SourceError& error) {
    console.error(error.code(), error.what());
    console.excerpt(language::excerpt(operands[0], error.place(), console.width()));
    return exit_code(error.code());
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("eval: {}", error.what()));
  }
}

}  // namespace fovea::cli
