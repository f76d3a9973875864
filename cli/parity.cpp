#include "fovea/parity.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "fovea/processor.h"
#include "network_options.h"
#include "op_files.h"
#include "parity/peer_inputs.h"
#include "picture_options.h"
#include "printable.h"
#include "table.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

constexpr const char* examples =
    "  fovea parity photos/ -m resnet50.pth\n"
    "  FOVEA_PYTHON=venv/bin/python fovea parity photos/ --peers --json\n"
    "Exit status: 0 compared, 2 usage, 4 no inputs, 3 no picture could be read, 65 model refused";

struct ParityWish {
  std::vector<std::string> inputs;
  NetworkOptions network;
  DecodeOptions decode;
  bool peers = false, json = false, quiet = false, no_exif = false;
};

bool parse(Arguments arguments, const Console& console, ParityWish& wish) {
  CommandLine line(
      "parity", "INPUT...",
      "Compares fast and draft decoding, and the portable bodies of preprocessing, with the exact way to a network's\n"
      "input, and what the network makes of them. Inputs are files and folders.",
      examples);
  add_network_options(line, wish.network);
  line.flag("--peers", "compare with Pillow, too, in $FOVEA_PYTHON, else python3", wish.peers);
  line.flag("--json", "one JSON object", wish.json);
  line.flag("--no-exif", "pictures as stored", wish.no_exif);
  line.flag("-q,--quiet", "only errors on standard error", wish.quiet);
  add_preprocess_options(line, wish.network);
  add_limit_options(line, wish.decode.limits);
  if (!line.parse(arguments, wish.inputs, console)) return false;
  line.require(wish.inputs, 1, wish.inputs.size());
  wish.decode.orient = !wish.no_exif;
  return true;
}

std::unique_ptr<PeerInputs> start_peers(const ParityWish& wish, const Model& model, Console& console) {
  if (!wish.peers) return nullptr;
  try {
    auto peers = std::make_unique<PeerInputs>(model.preprocess(), wish.decode.orient);
    console.note(fmt::format("peers: {}", peers->packages()));
    return peers;
  } catch (const PeerFailure& failure) {
    throw Error(Errc::unsupported, fmt::format("--peers: expected Python with NumPy and Pillow, got {}; name one by "
                                               "FOVEA_PYTHON",
                                               failure.what()));
  }
}

// The peer's input, or nothing for a picture that it refuses.
std::optional<Array> peer_input(PeerInputs* peers, const std::string& path, Console& console) {
  if (!peers) return std::nullopt;
  try {
    return peers->of(path);
  } catch (const PeerFailure& failure) {
    if (!peers->alive()) throw Error(Errc::io, fmt::format("--peers: {}", failure.what()));
    console.note(fmt::format("{}: Pillow: {}", printable(path), failure.what()));
    return std::nullopt;
  }
}

void compare(Parity& parity, PeerInputs* peers, const std::string& path, const Limits& limits, Console& console) {
  std::vector<std::byte> bytes;
  try {
    bytes = read_encoded(path, limits);
  } catch (const Error& error) {
    console.note(fmt::format("{}: {}: {}", printable(path), name(error.code()), error.what()));
    return;
  }
  const std::optional<Array> peer = peer_input(peers, path, console);
  if (const auto error = parity.add(bytes, peer ? &*peer : nullptr))
    console.note(fmt::format("{}: {}: {}", printable(path), name(error->code()), error->what()));
}

struct Way {
  const char *key, *title;
  const Agreement& agreement;
};
std::vector<Way> ways_of(const ParityReport& report) {
  std::vector<Way> ways{{"fast", "fast decode", report.fast},
                        {"draft", "draft decode", report.draft},
                        {"portable", "portable bodies", report.portable}};
  if (report.peer.pictures > 0) ways.push_back({"pillow", "Pillow", report.peer});
  return ways;
}

std::string table_of(const ParityReport& report) {
  std::vector<TableRow> rows{
      {"WAY", "PICTURES", "EQUAL", "PIXEL MAX", "PIXEL MEAN", "LOGIT MAX", "LOGIT MEAN", "TOP-1 FLIPS"}};
  for (const auto& [key, title, a] : ways_of(report))
    rows.push_back({title, std::to_string(a.pictures), std::to_string(a.equal), fmt::format("{:.2f}", a.max_pixel),
                    fmt::format("{:.4f}", a.mean_pixel), fmt::format("{:.4g}", a.max_logit),
                    fmt::format("{:.4g}", a.mean_logit), std::to_string(a.top1_flips)});
  const double pictures = static_cast<double>(std::max<std::int64_t>(1, report.fast.pictures));
  return format_table(rows, "lrrrrrrr") +
         fmt::format("\ndecode and prepare, ms a picture on one thread: exact {:.3f}, fast {:.3f}, draft {:.3f}\n",
                     1e3 * report.exact_seconds / pictures, 1e3 * report.fast_seconds / pictures,
                     1e3 * report.draft_seconds / pictures);
}

std::string json_of(const ParityReport& report) {
  nlohmann::ordered_json object{{"pictures", report.pictures},
                                {"failed", report.failed},
                                {"exact_seconds", report.exact_seconds},
                                {"fast_seconds", report.fast_seconds},
                                {"draft_seconds", report.draft_seconds}};
  for (const auto& [key, title, a] : ways_of(report))
    object[key] = {{"pictures", a.pictures},     {"equal", a.equal},         {"max_pixel", a.max_pixel},
                   {"mean_pixel", a.mean_pixel}, {"max_logit", a.max_logit}, {"mean_logit", a.mean_logit},
                   {"top1_flips", a.top1_flips}};
  return object.dump() + '\n';
}

int run(const ParityWish& wish, Console& console) {
  const std::vector<std::string> paths = list_inputs(wish.inputs);
  if (paths.empty()) throw Error(Errc::nothing_to_do, "expected pictures, got folders without files");
  const Model model = load_network(wish.network, console);
  const std::unique_ptr<PeerInputs> peers = start_peers(wish, model, console);
  Parity parity(model, wish.decode);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    console.status(fmt::format("{} of {}", i, paths.size()));
    compare(parity, peers.get(), paths[i], wish.decode.limits, console);
  }
  console.clear_status();
  const ParityReport& report = parity.report();
  if (report.fast.pictures == 0) throw Error(Errc::too_many_failures, "expected a picture that can be read, got none");
  console.print(wish.json ? json_of(report) : table_of(report));
  return 0;
}

}  // namespace

int parity(Arguments arguments, Console& console) {
  ParityWish wish;
  if (!parse(arguments, console, wish)) return 0;
  console.set_quiet(wish.quiet);
  try {
    return run(wish, console);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("parity: {}", error.what()));
  }
}

}  // namespace fovea::cli
