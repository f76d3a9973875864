#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <new>

#include "fovea/system.h"
#include "verbs.h"

namespace {

using namespace fovea;
using namespace fovea::cli;

struct Verb {
  std::string_view name, summary;
  int (*run)(Arguments, Console&);
};
constexpr Verb verbs[] = {
    {"classify", "say what is on pictures, one row each", classify},
    {"embed", "features of pictures by a layer of a network", embed},
    {"stats", "measure pictures, and find duplicates", stats},
    {"model", "list, show and download models", model},
    {"op", "list, describe and run single ops", op},
    {"eval", "compute an expression over arrays and pictures", eval},
    {"report", "summarise a result file", report},
    {"bench", "time ops beside the machine's limits and other libraries", bench},
    {"parity", "compare fast decoding, and Pillow, with the exact way", parity},
    {"info", "what this build and this machine can do", info},
};

std::string usage() {
  std::string text = "Usage: fovea VERB [OPTION]... [OPERAND]...\n\n";
  for (const Verb& verb : verbs) text += fmt::format("  {:<11}{}\n", verb.name, verb.summary);
  return text +
         "  help VERB  options and examples of a verb\n\n"
         "  fovea classify holiday/ -o rows.jsonl\n"
         "  fovea --version\n";
}

std::string verb_names() {
  std::string names;
  for (const Verb& verb : verbs) names += fmt::format("{}, ", verb.name);
  return names + "help";
}

int run(Arguments arguments, Console& console) {
  const std::string& name = arguments.front();
  const Arguments rest = arguments.subspan(1);
  for (const Verb& verb : verbs)
    if (verb.name == name) return verb.run(rest, console);
  if (name == "--version" || name == "-V") return console.print(fmt::format("fovea {}\n", version())), 0;
  if (name == "--help" || name == "-h" || name == "help") {
    if (rest.empty()) return console.print(usage()), 0;
    std::vector<std::string> asked(rest.begin(), rest.end());
    if (asked.front() != "help") return run((asked.push_back("--help"), asked), console);
  }
  throw Error(Errc::invalid_argument,
              fmt::format("expected a verb ({}), got '{}' (see: fovea help)", verb_names(), name));
}

// So that no file of ours becomes standard output by its number.
void reserve_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
}

}  // namespace

int main(int argc, char** argv) {
  reserve_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  Console console;
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty()) return run(arguments, console);
    console.error(Errc::invalid_argument, fmt::format("expected a verb: {} (see: fovea help)", verb_names()));
    return exit_code(Errc::invalid_argument);
  } catch (const Error& error) {
    console.error(error.code(), error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    console.error(Errc::out_of_memory, "expected more memory than there is");
    return exit_code(Errc::out_of_memory);
  } catch (const std::exception& error) {
    console.error(Errc::internal, error.what());
  } catch (...) {
    console.error(Errc::internal, "an exception of unknown type");
  }
  return exit_code(Errc::internal);
}
