#pragma once
#include <map>
#include <string>

#include "command_line.h"
#include "fovea/ops.h"

namespace fovea::cli {

// How a parameter is told to people, from its declaration.
std::string type_of(const ops::ParamInfo&);     // "integer", "number", "yes or no", "text", "list of numbers"
std::string default_of(const ops::ParamInfo&);  // "required" when the default is outside the range
std::string values_of(const ops::ParamInfo&);   // "1 to 1024", "none, relu", or nothing when any will do

// The options of one op's parameters: --NAME VALUE, and --NAME and --no-NAME for yes or no.
class ParamOptions {
 public:
  // Adds them to `line`, which this object must outlive.
  ParamOptions(const ops::OpInfo&, CommandLine& line);
  ParamOptions(const ParamOptions&) = delete;
  ParamOptions& operator=(const ParamOptions&) = delete;

  // What the parsed line gave. Throws Error(invalid_argument) for yes and no at once.
  ops::Params params() const;

 private:
  struct Switch {
    bool on = false, off = false;
  };
  CommandLine& line_;
  ops::Params values_;
  std::map<std::string, Switch> switches_;  // nodes stay where they are: the line points to them
};

}  // namespace fovea::cli
