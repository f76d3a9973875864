#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "fovea/limits.h"
#include "fovea/ops.h"
#include "fovea/system.h"
#include "printable.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr double giga = 1e9;
constexpr std::int64_t past_caches = std::int64_t{512} << 20;  // bytes

struct Limit {
  const char *name, *unit;
  double value;
};

// What the processor has no instructions for is left out.
std::vector<Limit> measure_limits() {
  std::vector<Limit> limits{{"read", "GB/s", read_limit(past_caches) / giga},
                            {"write", "GB/s", write_limit(past_caches) / giga},
                            {"copy", "GB/s", copy_limit(past_caches) / giga}};
  const auto add = [&](const char* name, DType dtype, const char* unit) {
    try {
      limits.push_back({name, unit, multiply_add_limit(dtype) / giga});
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported) throw;
    }
  };
  add("f64", DType::f64, "GFLOP/s");
  add("f32", DType::f32, "GFLOP/s");
  add("bf16", DType::bf16, "GFLOP/s");
  add("i8", DType::i8, "GOP/s");
  limits.push_back({"launch", "us", launch_cost() * 1e6});
  return limits;
}

// What runs the ops of CUDA devices, or why nothing does; nothing where there is no such device.
std::string cuda_ops() {
  if (!unavailable_reason(Device::cuda()).empty()) return "";
  const std::string reason = ops::unusable_reason(Device::cuda());
  return reason.empty() ? ops::cuda_libraries() : "none: " + reason;
}

std::string describe(const SystemInfo& info) {
  const ThreadBudget& threads = info.threads;
  std::string text = fmt::format("version    {}\ncompiler   {}\nprocessor  {}\nSIMD       {}\nmemory     {:.1f} GiB\n",
                                 info.version, info.compiler, info.cpu, info.simd,
                                 static_cast<double>(info.memory_bytes) / static_cast<double>(1 << 30));
  text +=
      fmt::format("threads    {} ({}); online {}, affinity {}, quota {}\n", threads.threads, threads.reason,
                  threads.online, threads.affinity, threads.quota > 0 ? fmt::format("{:.2f}", threads.quota) : "none");
  for (const std::string& device : info.devices) text += fmt::format("device     {}\n", printable(device));
  if (const std::string ops = cuda_ops(); !ops.empty()) text += fmt::format("cuda ops   {}\n", printable(ops));
  for (const std::string& library : info.libraries) text += fmt::format("library    {}\n", printable(library));
  return text;
}

std::string describe(const std::vector<Limit>& limits) {
  std::string text;
  for (const Limit& limit : limits)
    text += fmt::format("limit      {:<7} {:.1f} {}\n", limit.name, limit.value, limit.unit);
  return text;
}

std::string json(const SystemInfo& info, const std::vector<Limit>& limits) {
  const ThreadBudget& threads = info.threads;
  nlohmann::ordered_json object{{"version", info.version},
                                {"compiler", info.compiler},
                                {"cpu", info.cpu},
                                {"simd", info.simd},
                                {"memory_bytes", info.memory_bytes},
                                {"threads", threads.threads},
                                {"threads_reason", threads.reason},
                                {"online", threads.online},
                                {"affinity", threads.affinity},
                                {"quota", threads.quota > 0 ? nlohmann::ordered_json(threads.quota) : nullptr},
                                {"devices", info.devices},
                                {"cuda_ops", cuda_ops()},
                                {"libraries", info.libraries}};
  auto& measured = object["limits"] = nlohmann::ordered_json::object();
  for (const Limit& limit : limits) measured[limit.name] = {{"value", limit.value}, {"unit", limit.unit}};
  return object.dump() + '\n';
}

}  // namespace

int info(Arguments arguments, Console& console) {
  CommandLine line("info", "",
                   "What this build and this machine can do: versions, processor, threads, memory, devices and why\n"
                   "one cannot be used, and limits measured now, on all threads: memory past the caches,\n"
                   "multiply-adds by type (two operations each), the start of a parallel job.",
                   "  fovea info\n  fovea info --json");
  bool as_json = false, quick = false;
  line.flag("--json", "one JSON object", as_json);
  line.flag("--quick", "without the limits, which take a second to measure", quick);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 0, 0);
  const SystemInfo system = system_info();
  const std::vector<Limit> limits = quick ? std::vector<Limit>{} : measure_limits();
  console.print(as_json ? json(system, limits) : describe(system) + describe(limits));
  return 0;
}

}  // namespace fovea::cli
