#include "model/choices.h"

#include <cstdlib>
#include <sstream>

#include "base/cache_folder.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/output_file.h"
#include "base/sha256.h"
#include "fovea/system.h"

namespace fovea::model {
namespace {

constexpr std::string_view header = "fovea choices 1";
constexpr std::int64_t most_bytes = 1 << 20;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string table(const Choices& choices) {
  std::string text = std::string(header) + "\n";
  for (const auto& [layer, choice] : choices)
    text += layer + " " + choice.variant + " " + std::to_string(choice.tile) + "\n";
  return text;
}

}  // namespace

std::filesystem::path choices_file(const std::string& fingerprint) {
  const std::filesystem::path folder = cache_folder();
  if (folder.empty() || fingerprint.empty()) return {};
  const std::string key = cpu_model("/") + "\n" + version() + "\n" + fingerprint;
  return folder / "tuning" / (sha256_hex(bytes_of(key)).substr(0, 32) + ".txt");
}

Choices read_choices(const std::filesystem::path& path) {
  Choices choices;
  if (std::error_code none; path.empty() || !std::filesystem::exists(path, none)) return choices;
  const Result<FileBytes> file = read_file(path, most_bytes);
  if (!file) throw Error(file.error().code(), path.string() + ": " + file.error().what());
  const auto bytes = file.value().bytes();
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const auto corrupt = [&](const std::string& line) {
    return Error(Errc::corrupt, path.string() + ": expected a table of 'fovea model tune', got '" + line.substr(0, 80) +
                                    "'; tune again, or remove it");
  };
  std::string line;
  if (!std::getline(lines, line) || line != header) throw corrupt(line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string layer, rest;
    ops::Choice choice;
    if (!(words >> layer >> choice.variant >> choice.tile) || words >> rest || choice.tile < 0 || choice.tile > 6 ||
        choice.tile % 2)
      throw corrupt(line);
    choices[layer] = choice;
  }
  return choices;
}

Choices tuned_choices(const std::string& fingerprint) {
  const char* const wish = std::getenv("FOVEA_TUNING");
  if (wish && std::string_view(wish) == "off") return {};
  return read_choices(choices_file(fingerprint));
}

void write_choices(const std::filesystem::path& path, const Choices& choices) {
  std::filesystem::create_directories(path.parent_path());
  OutputFile file = OutputFile::replacing(path);
  file.write(bytes_of(table(choices)));
  file.commit();
}

Graph with_choices(const Graph& graph, const Choices& choices) {
  Graph chosen = graph;
  for (Node& node : chosen.nodes)
    if (const auto at = choices.find(node.name); at != choices.end()) node.choice = at->second;
  return chosen;
}

std::string choices_digest(const Graph& graph) {
  Choices choices;
  for (const Node& node : graph.nodes)
    if (!node.choice.variant.empty()) choices[node.name] = node.choice;
  return choices.empty() ? "" : sha256_hex(bytes_of(table(choices)));
}

}  // namespace fovea::model
