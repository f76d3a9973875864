#include "bench/options.h"

#include <fmt/format.h>

#include <functional>
#include <set>

#include "fovea/ops.h"
#include "option_values.h"
#include "value.h"

namespace fovea::cli {
namespace {

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == text.npos) return parts;
    begin = end + 1;
  }
}

// "1000", "1e6" or "1_000_000": a whole number.
std::int64_t parse_extent(std::string text) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  std::erase(text, '_');
  const auto e = text.find_first_of("eE");
  if (e == text.npos) return parse_integer(text, 1, most);
  std::int64_t value = parse_integer(text.substr(0, e), 1, most);
  for (std::int64_t zeros = parse_integer(text.substr(e + 1), 0, 4096); zeros > 0; --zeros)
    if ((value *= 10) > most) throw Error(Errc::invalid_argument, fmt::format("expected at most 2^40, got '{}'", text));
  return value;
}

Shape parse_extents(const std::string& text) {
  Shape shape;
  for (const std::string& part : parts_of(text, 'x')) shape.push_back(parse_extent(part));
  if (shape.size() > 4)
    throw Error(Errc::invalid_argument, fmt::format("expected at most four extents, got '{}'", text));
  elements(shape);
  return shape;
}

std::vector<int> parse_counts(const std::string& text, int most) {
  std::vector<int> counts;
  for (const std::string& part : parts_of(text, ',')) counts.push_back(static_cast<int>(parse_integer(part, 1, most)));
  return counts;
}

Precision parse_precision(const std::string& text) {
  const std::string known = parse_choice(text, {"f32", "bf16", "int8"});
  return known == "f32" ? Precision::f32 : known == "bf16" ? Precision::bf16 : Precision::int8;
}

void check_variant(const std::string& text) {
  std::set<std::string> known;
  for (const ops::OpInfo& op : ops::list())
    for (const std::string& variant : op.variants) known.insert(variant.substr(variant.find('/') + 1));
  if (!known.contains(text))
    throw Error(Errc::invalid_argument, fmt::format("expected one of {}, got '{}'", fmt::join(known, ", "), text));
}

void add_picture_options(CommandLine& line, Request& request) {
  line.group("Pictures and networks");
  line.repeated("--pictures", "FILE|DIR", "of decode, prepare, endtoend, and network's (default: random ones)",
                [&request](const auto& text) { request.pictures.push_back(text); });
  line.value("--decode", "exact|fast|draft,...", "of prepare and endtoend: as for classify (default: exact)",
             [&request](const auto& text) {
               request.scales.clear();
               for (const std::string& part : parts_of(text, ',')) request.scales.push_back(parse_decode_scale(part));
             });
  line.value("-m,--model", "MODEL", "of network and endtoend: as for classify (default: mini)",
             file_name(request.model));
  line.value("-b,--batch", "N,...", "of network: pictures in a batch; 1 has latencies (default: 1,32)",
             [&request](const auto& text) { request.batches = parse_counts(text, 4096); });
  line.value("--precision", "NAME,...",
             "of network and endtoend: f32, bf16 or int8, calibrated on the pictures (default: f32)",
             [&request](const auto& text) {
               request.precisions.clear();
               for (const std::string& part : parts_of(text, ',')) request.precisions.push_back(parse_precision(part));
             });
}

}  // namespace

void add_bench_options(CommandLine& line, BenchOptions& o) {
  line.value("--size", "N[xN]...,...", "sizes in place of the usual ones: 4096, 1000x1000, 1e6",
             [&o](const auto& text) {
               for (const std::string& part : parts_of(text, ',')) o.request.sizes.push_back(parse_extents(part));
             });
  line.value("--type", "TYPE,...", "types in place of the usual ones: f32, f64, u8 ...", [&o](const auto& text) {
    for (const std::string& part : parts_of(text, ',')) o.request.dtypes.push_back(parse_dtype(part));
  });
  line.value("-j,--threads", "N,...", "threads, of the peers too (default: as many as the process may use)",
             [&o](const auto& text) { o.threads = parse_counts(text, 4096); });
  line.value("--device", "NAME,...", "where ours runs: cpu, cuda, cuda:1 ...; several are compared (default: cpu)",
             [&o](const auto& text) {
               o.devices = parts_of(text, ',');
               for (const std::string& part : o.devices)
                 if (part != "auto") Device::parse(part);
             });
  line.value("--variant", "NAME", "one variant of the ops, for example portable (default: the best)",
             [&o](const auto& text) {
               check_variant(text);
               o.variant = text;
             });
  line.value("--rounds", "N", "rounds of turns (default: 7)", integer(o.request.rounds, 1, 1000));
  line.flag("--peers", "other libraries beside it, where Python has them: NumPy, OpenCV, PyTorch, onnxruntime ...",
            o.peers);
  line.flag("--loop", "the plain loop too; with --peers Python's as well", o.request.loop);
  line.flag("--json", "one JSON object a case instead of a table", o.json);
  line.flag("-q,--quiet", "no remarks on standard error", o.quiet);
  add_picture_options(line, o.request);
  o.profile.add_options(line);
}

}  // namespace fovea::cli
