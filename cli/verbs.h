#pragma once
#include "command_line.h"
#include "console.h"

namespace fovea::cli {

// Each takes what follows its name, returns the exit status and throws Error.
int classify(Arguments, Console&);
int embed(Arguments, Console&);
int transform(Arguments, Console&);
int stats(Arguments, Console&);
int fetch(Arguments, Console&);
int model(Arguments, Console&);
int op(Arguments, Console&);
int eval(Arguments, Console&);
int report(Arguments, Console&);
int bench(Arguments, Console&);
int parity(Arguments, Console&);
int info(Arguments, Console&);

}  // namespace fovea::cli
