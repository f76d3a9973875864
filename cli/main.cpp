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

constexpr std::string_view usage =
    "Usage: fovea VERB [OPTION]... [OPERAND]...\n\n"
    "  classify   say what is on pictures, one row each\n"
    "  model      list, show and download models\n"
    "  op         list, describe and run single ops\n"
    "  eval       compute an expression over arrays and pictures\n"
    "  report     summarise a result file\n"
    "  bench      time ops beside the machine's limits and other libraries\n"
    "  info       what this build and this machine can do\n"
    "  help VERB  options and examples of a verb\n\n"
    "  fovea classify holiday/ -o rows.jsonl\n"
    "  fovea --version\n";

int run(Arguments arguments, Console& console) {
  const std::string& verb = arguments.front();
  const Arguments rest = arguments.subspan(1);
  if (verb == "classify") return classify(rest, console);
  if (verb == "model") return model(rest, console);
  if (verb == "op") return op(rest, console);
  if (verb == "eval") return eval(rest, console);
  if (verb == "report") return report(rest, console);
  if (verb == "bench") return bench(rest, console);
  if (verb == "info") return info(rest, console);
  if (verb == "--version" || verb == "-V") return console.print(fmt::format("fovea {}\n", version())), 0;
  if (verb == "--help" || verb == "-h" || verb == "help") {
    if (rest.empty()) return console.print(usage), 0;
    std::vector<std::string> asked(rest.begin(), rest.end());
    if (asked.front() != "help") return run((asked.push_back("--help"), asked), console);
  }
  throw Error(
      Errc::invalid_argument,
      fmt::format("expected a verb (classify, model, op, eval, report, bench, info, help), got '{}' (see: fovea help)",
                  verb));
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
    console.error(Errc::invalid_argument,
                  "expected a verb: classify, model, op, eval, report, bench, info or help (see: fovea help)");
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
