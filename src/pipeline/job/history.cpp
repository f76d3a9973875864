#include "pipeline/job/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/sha256.h"
#include "base/text.h"

namespace fovea::pipeline {
namespace {

using nlohmann::json;

constexpr int version = 1;
constexpr std::size_t digest_digits = 16;
constexpr std::size_t most_commits = 4096;

std::string digest_of(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text))).substr(0, digest_digits);
}

std::string_view name_of(Phase phase) {
  return phase == Phase::running ? "reopened" : phase == Phase::finishing ? "finishing" : "complete";
}

// The record of a line that is whole and has its digest.
std::optional<json> record_of(std::string_view line) {
  if (line.size() <= digest_digits || line[digest_digits] != ' ') return std::nullopt;
  const std::string_view text = line.substr(digest_digits + 1);
  if (line.substr(0, digest_digits) != digest_of(text)) return std::nullopt;
  json record = json::parse(text, nullptr, false);
  if (!record.is_object()) return std::nullopt;
  return record;
}

Position position_of(const json& entry) {
  Position position{entry.at(0), 0, 0, entry.at(1)};
  if (entry.size() > 2) {
    position.files = entry.at(2);
    position.parts = entry.at(3);
  }
  if (std::min({position.bytes, position.files, position.parts}) < 0)
    throw json::other_error::create(501, "a negative position", &entry);
  return position;
}

Commit commit_of(const json& record) {
  Commit commit{record.at("rows"), record.at("failed"), record.at("keys"), {}};
  for (const json& entry : record.at("outputs")) commit.outputs.push_back(position_of(entry));
  return commit;
}

// Of very many commits every second one goes; the last stays.
void thin(History& history) {
  if (history.commits.size() < most_commits) return;
  std::size_t kept = 0;
  for (std::size_t k = 1; k < history.commits.size(); k += 2, ++kept) {
    history.commits[kept] = std::move(history.commits[k]);
    history.marks[kept] = history.marks[k];
  }
  history.commits.resize(kept);
  history.marks.resize(kept);
}

void begin_update(History& history, const json& record) {
  Earlier earlier{{}, record.at("complete"), record.at("update")};
  if (!history.commits.empty()) earlier.commit = std::move(history.commits.back());
  history.earlier = std::move(earlier);
  history.replaces = true;
  history.commits.clear();
  history.marks.clear();
  history.phase = Phase::running;
}

Phase phase_of(std::string_view name) {
  for (const Phase phase : {Phase::running, Phase::finishing, Phase::complete})
    if (name == name_of(phase)) return phase;
  throw json::other_error::create(500, "no such phase", static_cast<const json*>(nullptr));
}

// Throws json::exception for a record that is not of this format.
void take(History& history, const json& record, Mark end) {
  if (record.contains("manifest")) {
    history.manifest = record.at("manifest").get<Manifest>();
    history.replaces = record.at("replaces");
    history.base = end;
  } else if (record.contains("rows")) {
    thin(history);
    history.commits.push_back(commit_of(record));
    history.marks.push_back(end);
    history.phase = Phase::running;
  } else if (record.contains("update")) {
    begin_update(history, record);
    history.base = end;
  } else if (record.contains("phase")) {
    enter(history, phase_of(record.at("phase").get_ref<const std::string&>()));
  } else {
    history.owner = fmt::format("pid {} since {}", record.at("pid").get<std::int64_t>(),
                                record.at("time").get_ref<const std::string&>());
  }
  history.end = end;
}

bool any_record(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (record_of(text.substr(0, end))) return true;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

}  // namespace

void enter(History& history, Phase phase) {
  history.phase = phase;
  if (phase != Phase::complete) return;
  history.replaces = false;
  history.earlier.reset();
}

History read_history(std::string_view journal) {
  History history;
  Mark at;
  while (static_cast<std::size_t>(at.bytes) < journal.size()) {
    const std::string_view rest = journal.substr(static_cast<std::size_t>(at.bytes));
    const std::size_t end = rest.find('\n');
    const Mark next{at.bytes + static_cast<std::int64_t>(end) + 1, at.sequence + 1};
    try {
      const std::optional<json> record = end == std::string_view::npos ? std::nullopt : record_of(rest.substr(0, end));
      if (record && at.sequence == 0 && record->at("fovea_journal").get<int>() > version) {
        history.damage = History::Damage::newer;
        return history;
      }
      if (record && record->at("sequence") == at.sequence && record->contains("manifest") == (at.sequence == 0)) {
        take(history, *record, next);
        at = next;
        continue;
      }
    } catch (const json::exception&) {
      history.end = at;
    }
    const bool more = end != std::string_view::npos && any_record(rest.substr(end + 1));
    history.damage = !more              ? History::Damage::torn
                     : at.sequence == 0 ? History::Damage::manifest
                                        : History::Damage::inside;
    break;
  }
  return history;
}

std::string manifest_record(const Manifest& manifest, bool replaces) {
  std::string text = fmt::format(R"("fovea_journal":{},"replaces":{},"manifest":[)", version, replaces);
  for (const auto& [name, value] : manifest)
    text +=
        fmt::format("{}[{},{}]", &name == &manifest.front().first ? "" : ",", json_quoted(name), json_quoted(value));
  return text + ']';
}

std::string start_record(std::int64_t pid, const std::string& time) {
  return fmt::format(R"("pid":{},"time":{})", pid, json_quoted(time));
}

std::string commit_record(const Commit& commit) {
  std::string text =
      fmt::format(R"("rows":{},"failed":{},"keys":"{}","outputs":[)", commit.rows, commit.failed, commit.keys);
  for (const Position& position : commit.outputs) {
    if (&position != commit.outputs.data()) text += ',';
    text += fmt::format("[{},\"{}\"", position.bytes, position.digest);
    if (position.files != 0 || position.parts != 0) text += fmt::format(",{},{}", position.files, position.parts);
    text += ']';
  }
  return text + ']';
}

std::string phase_record(Phase phase) {
  return fmt::format(R"("phase":"{}")", name_of(phase));
}

std::string update_record(const std::string& retry, bool complete) {
  return fmt::format(R"("update":{},"complete":{})", json_quoted(retry), complete);
}

std::string record_line(std::int64_t sequence, const std::string& record) {
  const std::string text = fmt::format("{{\"sequence\":{},{}}}", sequence, record);
  return fmt::format("{} {}\n", digest_of(text), text);
}

}  // namespace fovea::pipeline
