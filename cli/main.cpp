#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <new>

#include "fovea/suggestion.h"
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
    {"transform", "run ops over pictures and keep the results", transform},
    {"fetch", "download pictures to a folder or to tar shards", fetch},
    {"stats", "measure pictures, and find duplicates", stats},
    {"model", "list, show, download, time, tune and calibrate models", model},
    {"op", "list, describe and run single ops", op},
    {"eval", "compute an expression over arrays and pictures", eval},
    {"report", "summarise a result file", report},
    {"bench", "time ops, decoding and networks beside the machine's limits and other libraries", bench},
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

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) names.emplace_back(verb.name);
  names.emplace_back("help");
  return names;
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
  throw Error(Errc::invalid_argument, fmt::format("expected a verb ({}), got '{}'{} (see: fovea help)",
                                                  fmt::join(verb_names(), ", "), name, suggestion(name, verb_names())));
}

// So that no file of ours becomes standard output by its number.
void reserve_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
}

// Without asking for memory, of which there may be none.
[[noreturn]] void end_at_once(Errc code, std::string_view text) {
  std::array<iovec, 4> parts{};
  std::size_t count = 0;
  for (const std::string_view part : {std::string_view("fovea: error["), name(code), std::string_view("]: "), text})
    parts[count++] = {const_cast<char*>(part.data()), part.size()};
  [[maybe_unused]] const ssize_t ignored = ::writev(STDERR_FILENO, parts.data(), static_cast<int>(count));
  ::_exit(exit_code(code));
}

[[noreturn]] void end_by_exception() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    end_at_once(Errc::out_of_memory, "expected more memory than there is\n");
  } catch (...) {
  }
  end_at_once(Errc::internal, "an exception where none can be handled\n");
}

int run_or_say_why_not(std::vector<std::string> arguments) {
  Console console;
  try {
    if (!arguments.empty()) return run(arguments, console);
    console.error(Errc::invalid_argument,
                  fmt::format("expected a verb: {} (see: fovea help)", fmt::join(verb_names(), ", ")));
    return exit_code(Errc::invalid_argument);
  } catch (const Error& error) {
    console.error(error.code(), error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    console.error(Errc::internal, error.what());
  } catch (...) {
    console.error(Errc::internal, "an exception of unknown type");
  }
  return exit_code(Errc::internal);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(&end_by_exception);
  reserve_standard_descriptors();
  // Writing says so by an error, which becomes a message and a status.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  try {
    return run_or_say_why_not({argv + 1, argv + argc});
  } catch (...) {
    end_by_exception();
  }
}
