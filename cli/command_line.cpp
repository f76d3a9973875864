#include "command_line.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "fovea/suggestion.h"

namespace fovea::cli {
namespace {

// What an option without its optional value gives.
constexpr const char* bare = "\x01";

class UsageFormatter final : public CLI::Formatter {
 public:
  explicit UsageFormatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_; }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() || type.starts_with('[') ? type : " " + type;
  }
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    const std::string name = Formatter::make_option_name(option, positional);
    return name.substr(0, name.find('{'));
  }

 private:
  std::string usage_;
};

// The formatter puts two blank lines between groups, and one is enough.
std::string without_double_blanks(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != text.npos;) text.erase(at, 1);
  return text;
}

// Errors of `take` begin with the option's long name.
std::function<void(const std::string&)> named(const std::string& names, std::function<void(const std::string&)> take) {
  return [last = names.substr(names.rfind(',') + 1), take = std::move(take)](const std::string& text) {
    try {
      take(text);
    } catch (const Error& error) {
      throw Error(error.code(), last + ": " + error.what());
    }
  };
}

}  // namespace

struct CommandLine::State {
  std::string verb, operands, group = "Options";
  CLI::App app;

  std::vector<std::string> long_options() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
  }
};

CommandLine::CommandLine(std::string verb, std::string operands, std::string summary, std::string examples)
    : state_(std::make_unique<State>()) {
  state_->verb = std::move(verb);
  state_->operands = std::move(operands);
  CLI::App& app = state_->app;
  app.description(std::move(summary) + "\n");
  app.formatter(std::make_shared<UsageFormatter>(fmt::format("Usage: fovea {} [OPTION]...{}{}\n", state_->verb,
                                                             state_->operands.empty() ? "" : " ", state_->operands)));
  app.set_help_flag("-h,--help", "print this and exit")->group("Options");
  app.footer("Examples:\n" + std::move(examples));
  app.allow_extras();
}

CommandLine::~CommandLine() = default;

void CommandLine::group(std::string title) {
  state_->group = std::move(title);
}

void CommandLine::value(const std::string& names, const std::string& placeholder, const std::string& help,
                        std::function<void(const std::string&)> take) {
  state_->app.add_option_function<std::string>(names, named(names, std::move(take)), help)
      ->type_name(placeholder)
      ->group(state_->group);
}

void CommandLine::repeated(const std::string& names, const std::string& placeholder, const std::string& help,
                           std::function<void(const std::string&)> take) {
  const auto each = [take = named(names, std::move(take))](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) take(text);
  };
  state_->app.add_option_function<std::vector<std::string>>(names, each, help)
      ->allow_extra_args(false)
      ->type_name(placeholder)
      ->group(state_->group);
}

void CommandLine::optional_value(const std::string& name, const std::string& placeholder, const std::string& help,
                                 std::function<void(const std::string&)> take) {
  state_->app.add_flag(name + "{" + bare + "}", help)
      ->each([take = named(name, std::move(take))](const std::string& text) { take(text == bare ? "" : text); })
      ->type_name("[=" + placeholder + "]")
      ->group(state_->group);
}

void CommandLine::flag(const std::string& names, const std::string& help, bool& target, bool value) {
  state_->app
      .add_flag_callback(
          names, [&target, value] { target = value; }, help)
      ->group(state_->group);
}

bool CommandLine::parse(Arguments arguments, std::vector<std::string>& operands, const Console& console) {
  // What follows "--" never reaches the option parser.
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(end), std::make_reverse_iterator(arguments.begin()));
  try {
    state_->app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    console.print(without_double_blanks(state_->app.help()));
    return false;
  } catch (const CLI::ParseError& error) {
    throw usage_error(error.what());
  } catch (const Error& error) {
    throw usage_error(error.what());
  }
  operands = state_->app.remaining();
  for (const std::string& operand : operands)
    if (operand.size() > 1 && operand.starts_with('-'))
      throw usage_error(fmt::format("expected an option of this verb, got '{}'{}", operand,
                                    suggestion(operand.substr(0, operand.find('=')), state_->long_options())));
  if (end != arguments.end()) operands.insert(operands.end(), end + 1, arguments.end());
  return true;
}

void CommandLine::require(const std::vector<std::string>& operands, std::size_t minimum, std::size_t maximum) const {
  if (operands.size() < minimum)
    throw usage_error(fmt::format("expected {}, got {}", state_->operands,
                                  operands.empty() ? "nothing" : fmt::format("{} of them", operands.size())));
  if (operands.size() > maximum)
    throw usage_error(fmt::format("expected no more than {}, got '{}' too", maximum == 0 ? "options" : state_->operands,
                                  operands[maximum]));
  if (std::find(operands.begin(), operands.end(), "") != operands.end())
    throw usage_error("expected a name, got an empty argument");
}

Error CommandLine::usage_error(const std::string& text) const {
  return Error(Errc::invalid_argument, fmt::format("{}: {} (see: fovea help {})", state_->verb, text, state_->verb));
}

}  // namespace fovea::cli
