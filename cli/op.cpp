#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "fovea/ops.h"
#include "fovea/suggestion.h"
#include "op_files.h"
#include "op_params.h"
#include "outputs.h"
#include "plugins.h"
#include "profile_options.h"
#include "table.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

using ops::OpInfo;
using ops::ParamInfo;

constexpr int wide_cell = 160;

OpInfo find_op(const std::string& verb, const std::string& name) {
  const std::vector<OpInfo> all = ops::list();
  const auto at = std::find_if(all.begin(), all.end(), [&](const OpInfo& op) { return op.name == name; });
  if (at != all.end()) return *at;
  std::vector<std::string> names;
  for (const OpInfo& op : all) names.push_back(op.name);
  throw Error(Errc::invalid_argument,
              fmt::format("{}: expected an op, got '{}'{} (see: fovea op list)", verb, name, suggestion(name, names)));
}

// "X WEIGHT [BIAS]"
std::string operands_of(const OpInfo& op) {
  std::string text;
  for (std::string input : op.inputs) {
    const bool optional = input.ends_with('?');
    if (optional) input.pop_back();
    std::transform(input.begin(), input.end(), input.begin(), [](unsigned char c) { return std::toupper(c); });
    text += fmt::format(fmt::runtime(optional ? "{}[{}]" : "{}{}"), text.empty() ? "" : " ", input);
  }
  return text;
}

int list(Arguments arguments, Console& console) {
  CommandLine line("op list", "", "The ops that networks and their preprocessing are made of.", "  fovea op list");
  add_plugin_options(line);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 0, 0);
  std::vector<TableRow> rows{{"NAME", "VARIANTS", "SUMMARY"}};
  for (const OpInfo& op : ops::list())
    rows.push_back({op.name, fmt::format("{}", fmt::join(op.variants, ", ")), op.summary});
  console.print(format_table(rows, "lll", wide_cell));
  return 0;
}

int show(Arguments arguments, Console& console) {
  CommandLine line("op show", "NAME", "What an op takes and does.", "  fovea op show resize");
  add_plugin_options(line);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  const OpInfo op = find_op("op show", operands[0]);
  std::string text = fmt::format("name      {}\nsummary   {}\ninputs    {}\nvariants  {}\n", op.name, op.summary,
                                 operands_of(op), fmt::join(op.variants, ", "));
  if (!op.params.empty()) {
    std::vector<TableRow> rows{{"PARAMETER", "TYPE", "DEFAULT", "VALUES", "MEANING"}};
    for (const ParamInfo& info : op.params)
      rows.push_back({info.name, type_of(info), default_of(info), values_of(info), info.help});
    text += '\n' + format_table(rows, "lllll", wide_cell);
  }
  console.print(text);
  return 0;
}

std::string markdown_of(const OpInfo& op) {
  std::string text =
      fmt::format("\n## {0}\n\n{1}.\n\n`fovea op run {0} {2} -o OUT{3}`, variants {4}\n", op.name, op.summary,
                  operands_of(op), op.params.empty() ? "" : " [--PARAMETER VALUE]...", fmt::join(op.variants, ", "));
  if (op.params.empty()) return text;
  text += "\n| parameter | type | default | values | meaning |\n|---|---|---|---|---|\n";
  for (const ParamInfo& info : op.params)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", info.name, type_of(info), default_of(info), values_of(info),
                        info.help);
  return text;
}

int docs(Arguments arguments, Console& console) {
  CommandLine line("op docs", "", "All ops as Markdown: what docs/ops.md holds.", "  fovea op docs > docs/ops.md");
  add_plugin_options(line);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 0, 0);
  std::string text =
      "# Ops\n\nWritten by `fovea op docs > docs/ops.md` from the ops' own declarations. Inputs in brackets may be "
      "left\n"
      "out; variants are tried in their order.\n";
  for (const OpInfo& op : ops::list()) text += markdown_of(op);
  console.print(text);
  return 0;
}

Array named(const std::string& name, const auto& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

int run_op(const OpInfo& op, Arguments arguments, Console& console) {
  const std::string verb = "op run " + op.name;
  CommandLine line(verb, operands_of(op) + " -o OUT", op.summary + ". Inputs are pictures (RGB) or .npy files.",
                   fmt::format("  fovea {} {} -o OUT.npy", verb, operands_of(op)));
  std::string output;
  bool quiet = false;
  line.value("-o,--output", "OUT",
             "where the result goes: .npy, or a picture's name (.png, .jpg, .webp, .tif, .bmp, .ppm, .pgm) for u8 "
             "images (required)",
             [&output](const std::string& text) {
               check_result_name(text);
               output = text;
             });
  line.flag("-q,--quiet", "only errors on standard error", quiet);
  add_plugin_options(line);
  line.group("Parameters");
  const ParamOptions options(op, line);
  ProfileWish profile;
  profile.add_options(line);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  const auto needed =
      std::count_if(op.inputs.begin(), op.inputs.end(), [](const auto& i) { return !i.ends_with('?'); });
  line.require(operands, static_cast<std::size_t>(needed), op.inputs.size());
  const ops::Params params = options.params();
  if (output.empty()) throw line.usage_error("--output: expected a file, got none");
  console.set_quiet(quiet);

  std::vector<OutputFile> outputs{{"--output", output}};
  profile.add_output(outputs);
  check_outputs(outputs);
  check_not_inputs(outputs, operands, false);
  std::vector<Array> inputs;
  for (const std::string& file : operands) inputs.push_back(named(file, [&] { return read_operand(file); }));
  ProfiledRun profiled(profile);
  const Array result = ops::apply(op.name, params, inputs);
  named("--output " + output, [&] { return write_result(output, result), result; });
  console.note(fmt::format("{} {} is in {}", name(result.dtype()), to_string(result.shape()), output));
  profiled.finish(console);
  return 0;
}

int run(Arguments arguments, Console& console) {
  if (arguments.empty() || arguments[0].empty() || arguments[0] == "-h" || arguments[0] == "--help") {
    CommandLine line("op run", "NAME INPUT... -o OUT", "Runs one op on pictures or .npy files.",
                     "  fovea op run resize photo.jpg --height 64 --width 64 -o small.png\n"
                     "  fovea op run resize --help");
    add_plugin_options(line);
    std::vector<std::string> operands;
    if (!line.parse(arguments, operands, console)) return 0;
    line.require(operands, 1, operands.size());
  }
  const OpInfo op = find_op("op run", arguments[0]);
  try {
    return run_op(op, arguments.subspan(1), console);
  } catch (const Error& error) {
    const std::string text = error.what(), verb = "op run ";
    throw Error(error.code(), text.starts_with(verb) ? text : verb + text);
  }
}

}  // namespace

int op(Arguments all, Console& console) {
  const std::vector<std::string> without_plugins = load_plugins("op", all);
  const Arguments arguments = without_plugins;
  if (!arguments.empty()) {
    const std::string& verb = arguments[0];
    const Arguments rest = arguments.subspan(1);
    if (verb == "list") return list(rest, console);
    if (verb == "show") return show(rest, console);
    if (verb == "run") return run(rest, console);
    if (verb == "docs") return docs(rest, console);
    if (verb == "--help" || verb == "-h") {
      console.print(
          "Usage: fovea op list\n       fovea op show NAME\n       fovea op run NAME INPUT... -o OUT [--PARAMETER "
          "VALUE]...\n       fovea op docs\n\nEach takes --plugin FILE.so too: see fovea help op run.\n\n"
          "Examples:\n  fovea op list\n  fovea op show resize\n"
          "  fovea op run resize photo.jpg --height 64 --width 64 -o small.png\n\n"
          "See also: fovea help op run, fovea help op run resize\n");
      return 0;
    }
  }
  throw Error(Errc::invalid_argument, fmt::format("op: expected list, show, run or docs, got {} (see: fovea help op)",
                                                  arguments.empty() ? "nothing" : "'" + arguments[0] + "'"));
}

}  // namespace fovea::cli
