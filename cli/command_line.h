#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "console.h"

namespace fovea::cli {

using Arguments = std::span<const std::string>;

// The options and operands of one verb.
class CommandLine {
 public:
  // `operands` is what the usage line shows after the options: "INPUT...".
  CommandLine(std::string verb, std::string operands, std::string summary, std::string examples);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void group(std::string title);  // of the options added from here on, in the help
  void value(const std::string& names, const std::string& placeholder, const std::string& help,
             std::function<void(const std::string&)> take);
  // The same, as often as it is given.
  void repeated(const std::string& names, const std::string& placeholder, const std::string& help,
                std::function<void(const std::string&)> take);
  // --NAME or --NAME=VALUE; `take` gets "" for the former.
  void optional_value(const std::string& name, const std::string& placeholder, const std::string& help,
                      std::function<void(const std::string&)> take);
  void flag(const std::string& names, const std::string& help, bool& target, bool value = true);

  // Fills `operands` with what is no option; false when --help was asked for, and printed. Errors of the values name
  // their option. Throws Error(invalid_argument) that ends with where to find help.
  bool parse(Arguments arguments, std::vector<std::string>& operands, const Console& console);
  // As many operands as the verb takes.
  void require(const std::vector<std::string>& operands, std::size_t minimum, std::size_t maximum) const;
  Error usage_error(const std::string& text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea::cli
