#include <fmt/format.h>

#include "fovea/system.h"
#include "printable.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

std::string describe(const SystemInfo& info) {
  const ThreadBudget& threads = info.threads;
  std::string text = fmt::format("version    {}\ncompiler   {}\nprocessor  {}\nSIMD       {}\nmemory     {:.1f} GiB\n",
                                 info.version, info.compiler, info.cpu, info.simd,
                                 static_cast<double>(info.memory_bytes) / static_cast<double>(1 << 30));
  text +=
      fmt::format("threads    {} ({}); online {}, affinity {}, quota {}\n", threads.threads, threads.reason,
                  threads.online, threads.affinity, threads.quota > 0 ? fmt::format("{:.2f}", threads.quota) : "none");
  for (const std::string& device : info.devices) text += fmt::format("device     {}\n", printable(device));
  for (const std::string& library : info.libraries) text += fmt::format("library    {}\n", printable(library));
  return text;
}

}  // namespace

int info(Arguments arguments, Console& console) {
  CommandLine line("info", "", "What this build and this machine can do.", "  fovea info");
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 0, 0);
  console.print(describe(system_info()));
  return 0;
}

}  // namespace fovea::cli
