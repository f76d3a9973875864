#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "bench/case.h"
#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/peers.h"
#include "bench/table_rows.h"
#include "fovea/system.h"
#include "table.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr std::size_t wide_cell = 60;

Device device_of(const std::string& wish) {
  try {
    return choose_device(wish).device;
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("bench: --device {}: {}", wish, error.what()));
  }
}

std::string list_of_subjects() {
  std::vector<std::string_view> names;
  for (const Subject& subject : subjects()) names.push_back(subject.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::unique_ptr<Peers> start_peers(int threads, Console& console) {
  for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"})
    if (const char* value = std::getenv(name))
      console.note(fmt::format("peers: {}={} is kept from them: it pins OpenBLAS to an older processor", name, value));
  try {
    auto peers = std::make_unique<Peers>(threads);
    console.note("peers: " + peers->packages());
    return peers;
  } catch (const PeerFailure& failure) {
    console.note(fmt::format("peers: none: {}", failure.what()));
    return nullptr;
  }
}

// What a device took for each case, to compare devices.
using Medians = std::map<std::pair<std::string, DType>, std::map<Device, double>>;

// A case that cannot run is said and left out; the first such error comes back at the end.
std::optional<Error> run_subject(const Subject& subject, const BenchOptions& o, Device device, Peers* peers,
                                 const Conditions& conditions, Medians& medians, Console& console) {
  std::optional<Error> first;
  std::vector<TableRow> rows{table_header()};
  Request request = o.request;
  request.device = device;
  request.threads = conditions.threads;
  if (device != Device::cpu()) request.loop = false;
  const auto failed = [&](const std::string& what, const Error& error) {
    console.note(fmt::format("{}: left out: {}", what, error.what()));
    if (!first) first.emplace(error.code(), what + ": " + error.what());
  };
  const Emit emit = [&](const std::function<Case()>& make) {
    std::string what(subject.name);
    try {
      Case c = make();
      what = fmt::format("{} {} {}", subject.name, c.name, name(c.dtype));
      if (device != Device::cpu()) c.demands.clear();
      console.status(what);
      const bool had_peers = peers && peers->alive() && device == Device::cpu();
      const Measurement m = measure(c, request, had_peers ? peers : nullptr);
      console.clear_status();
      for (const std::string& remark : m.remarks) console.note(fmt::format("{}: peers: {}", what, remark));
      medians[{fmt::format("{} {}", subject.name, c.name), c.dtype}][device] = m.ours.ms.median;
      if (o.json)
        console.print(json_line(c, m, device, conditions));
      else
        add_rows(rows, c, m);
    } catch (const Error& error) {
      console.clear_status();
      failed(what, error);
    }
  };
  try {
    if (subject.cpu_only && device != Device::cpu())
      throw Error(Errc::unsupported, fmt::format("it runs on the cpu alone, not on {}", device.name()));
    subject.cases(request, emit);
  } catch (const Error& error) {
    failed(std::string(subject.name), error);
  }
  if (!o.json && rows.size() > 1) console.print(format_table(rows, table_alignment, wide_cell));
  return first;
}

// "matmul 4096x4096x4096 f32: cuda:0 takes 0.7 ms, cpu 1187 ms: 1696 times as fast", against the first device.
std::string comparison(const Medians& medians, Device base) {
  std::string text;
  for (const auto& [which, by_device] : medians) {
    const auto slow = by_device.find(base);
    if (slow == by_device.end()) continue;
    for (const auto& [device, ms] : by_device)
      if (device != base)
        text += fmt::format("{} {}: {} takes {:.4g} ms, {} {:.4g} ms: {:.3g} times as fast\n", which.first,
                            name(which.second), device.name(), ms, base.name(), slow->second, slow->second / ms);
  }
  return text;
}

std::vector<Subject> chosen_subjects(const CommandLine& line, const std::vector<std::string>& operands) {
  std::vector<Subject> chosen;
  for (const std::string& operand : operands) {
    const auto at =
        std::find_if(subjects().begin(), subjects().end(), [&](const Subject& s) { return s.name == operand; });
    if (at == subjects().end())
      throw line.usage_error(fmt::format("expected one of {}, got '{}'", list_of_subjects(), operand));
    chosen.push_back(*at);
  }
  return chosen;
}

// All subjects on all devices with one number of threads; the first error of a case that could not run.
std::optional<Error> run_subjects(const std::vector<Subject>& chosen, const std::vector<Device>& devices,
                                  const BenchOptions& o, Console& console) {
  const char* variant = std::getenv("FOVEA_VARIANT");
  const Conditions conditions{variant && *variant ? variant : "auto", thread_budget().threads};
  if (!o.json) console.print(conditions_line(conditions) + "\n");
  const std::unique_ptr<Peers> peers = o.peers ? start_peers(conditions.threads, console) : nullptr;
  std::optional<Error> first;
  for (const Subject& subject : chosen) {
    Medians medians;
    for (const Device device : devices) {
      const std::string where = device == Device::cpu() ? "" : " on " + device.name();
      if (!o.json) console.print(fmt::format("\n{}{}: {}\n", subject.name, where, subject.summary));
      const std::optional<Error> error = run_subject(subject, o, device, peers.get(), conditions, medians, console);
      if (error && !first) first.emplace(error->code(), std::string("bench: ") + error->what());
    }
    if (!o.json) console.print(comparison(medians, devices.front()));
  }
  return first;
}

}  // namespace

int bench(Arguments arguments, Console& console) {
  std::string about =
      "Times ours on this machine beside its limits and, if asked, beside other libraries, in turns.\n\nSubjects:\n";
  for (const Subject& subject : subjects()) about += fmt::format("  {:<12} {}\n", subject.name, subject.summary);
  CommandLine line("bench", "SUBJECT...", about,
                   "  fovea bench reduce --peers\n"
                   "  fovea bench matmul --size 2048 --type f32,f64 --json\n"
                   "  fovea bench endtoend --pictures photos/ -m resnet18.pth --peers");
  BenchOptions o;
  add_bench_options(line, o);
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, subjects().size());
  const std::vector<Subject> chosen = chosen_subjects(line, operands);
  console.set_quiet(o.quiet);
  std::vector<Device> devices;
  for (const std::string& wish : o.devices) devices.push_back(device_of(wish));
  std::vector<OutputFile> outputs;
  o.profile.add_output(outputs);
  check_outputs(outputs);
  if (!o.variant.empty()) ::setenv("FOVEA_VARIANT", o.variant.c_str(), 1);
  if (o.threads.empty()) o.threads.push_back(thread_budget().threads);

  std::optional<Error> first;
  ProfiledRun profiled(o.profile);
  for (const int threads : o.threads) {
    if (threads != thread_budget().threads) set_thread_budget(threads);
    const std::optional<Error> error = run_subjects(chosen, devices, o, console);
    if (error && !first) first.emplace(*error);
  }
  profiled.finish(console);
  if (first) throw Error(*first);
  return 0;
}

}  // namespace fovea::cli
