#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "base/file.h"
#include "fovea/duplicates.h"
#include "pipeline/path_json.h"

namespace fovea {
namespace {

using Json = nlohmann::json;
constexpr std::size_t longest_line = std::size_t{16} << 20, piece = std::size_t{1} << 20;

struct Line {
  std::int64_t number;
  std::string_view text;
};

Error wrong(const Line& line, Errc code, const std::string& expected) {
  return Error(code, "line " + std::to_string(line.number) + ": expected " + expected);
}

// Each line of the file, in order.
void each_line(const InputFile& file, const auto& take) {
  std::string rest;
  Line line{1, {}};
  const auto give = [&](std::string_view text) {
    line.text = text;
    take(line);
    ++line.number;
  };
  for (std::int64_t at = 0; at < file.size();) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(piece, file.size() - at));
    const std::size_t kept = rest.size();
    rest.resize(kept + count);
    if (const auto error = file.read(at, std::as_writable_bytes(std::span(rest).subspan(kept)))) throw *error;
    at += static_cast<std::int64_t>(count);
    std::string_view text = rest;
    for (std::size_t end = text.find('\n', kept); end != text.npos; end = text.find('\n')) {
      give(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    if (text.size() > longest_line)
      throw wrong(line, Errc::limit_bytes, "at most " + std::to_string(longest_line) + " bytes, got more");
    rest.erase(0, rest.size() - text.size());
  }
  if (!rest.empty()) give(rest);
}

struct HashedRow {
  std::int64_t index = 0;
  std::string path;
  std::uint64_t hash = 0;
};

// Nothing for a row with an error.
std::optional<HashedRow> row_of(const Line& line) {
  try {
    const Json json = Json::parse(pipeline::parsable_json(line.text));
    if (json.at("status").get<std::string>() != "ok") return std::nullopt;
    HashedRow row{json.at("index").get<std::int64_t>(), pipeline::path_bytes(json.at("path").get<std::string>()), 0};
    const auto digits = json.at("phash").get<std::string>();
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), row.hash, 16);
    if (failed == std::errc{} && digits.size() == 16 && end == digits.data() + digits.size()) return row;
  } catch (const Json::exception&) {
  }
  throw wrong(line, Errc::corrupt, "a row with a phash, as 'fovea stats' writes it, got something else");
}

// Lines of an original and of its duplicate.
struct Pair {
  std::int64_t original, duplicate;
  auto operator<=>(const Pair&) const = default;
};

std::vector<DuplicateGroup> groups_of(const std::vector<Pair>& pairs, const std::map<std::int64_t, HashedRow>& rows) {
  std::vector<DuplicateGroup> groups;
  std::int64_t last = 0;
  for (const auto& [original, duplicate] : pairs) {
    const HashedRow &from = rows.at(original), &to = rows.at(duplicate);
    if (original != last) groups.push_back({from.index, from.path, {}});
    last = original;
    groups.back().duplicates.push_back({to.index, to.path, std::popcount(from.hash ^ to.hash)});
  }
  return groups;
}

}  // namespace

DuplicateReport find_duplicates(const std::filesystem::path& path, int distance) {
  DuplicateFinder finder(distance);
  const Result<InputFile> file = InputFile::open(path);
  DuplicateReport report;
  std::vector<Pair> pairs;
  each_line(file.value(), [&](const Line& line) {
    const std::optional<HashedRow> row = row_of(line);
    if (!row) return;
    ++report.pictures;
    if (const auto original = finder.add(line.number, row->hash)) pairs.push_back({*original, line.number});
  });
  if (pairs.empty()) return report;
  std::sort(pairs.begin(), pairs.end());
  std::map<std::int64_t, HashedRow> rows;  // by line
  for (const auto& [original, duplicate] : pairs) rows[original], rows[duplicate];
  auto next = rows.begin();
  each_line(file.value(), [&](const Line& line) {
    if (next == rows.end() || next->first != line.number) return;
    next++->second = row_of(line).value_or(HashedRow{});
  });
  if (const auto error = file.value().check_unchanged()) throw *error;
  report.groups = groups_of(pairs, rows);
  return report;
}

}  // namespace fovea
