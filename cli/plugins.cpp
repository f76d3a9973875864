#include "plugins.h"

#include <fmt/format.h>

#include "fovea/plugin.h"

namespace fovea::cli {
namespace {

constexpr std::string_view option = "--plugin", assigned = "--plugin=", checks = "--check-plugins";

void load(const std::string& verb, const std::string& file) {
  try {
    ops::load_plugin(file);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {} {}: {}", verb, option, file, error.what()));
  }
}

}  // namespace

std::vector<std::string> load_plugins(const std::string& verb, Arguments arguments) {
  std::vector<std::string> others;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    const std::string& argument = arguments[k];
    if (argument == "--") {
      others.insert(others.end(), arguments.begin() + static_cast<std::ptrdiff_t>(k), arguments.end());
      break;
    }
    if (argument == option && k + 1 < arguments.size())
      load(verb, arguments[++k]);
    else if (argument.starts_with(assigned))
      load(verb, argument.substr(assigned.size()));
    else if (argument == checks)
      ops::set_plugin_checks(true);
    else
      others.push_back(argument);
  }
  return others;
}

void add_plugin_options(CommandLine& line) {
  static bool checking = false;  // load_plugins() takes the flag before the line is parsed
  line.value(std::string(option), "FILE.so", "ops of a plug-in too; may be given again", [](const std::string&) {});
  line.flag(std::string(checks), "watch what the ops of plug-ins write; they run twice", checking);
}

}  // namespace fovea::cli
