#pragma once
#include <string>
#include <vector>

#include "command_line.h"

namespace fovea::cli {

// Loads the plug-ins of --plugin, in their order, and sets the checks of --check-plugins; gives the arguments without
// these. They must be loaded before a verb's own options are known, for an op's parameters are options. What follows
// "--" is left alone. Errors name the verb and the file.
std::vector<std::string> load_plugins(const std::string& verb, Arguments);

// The two for a verb's help.
void add_plugin_options(CommandLine&);

}  // namespace fovea::cli
