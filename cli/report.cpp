#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "result_file.h"
#include "table.h"
#include "value.h"
#include "verbs.h"

namespace fovea::cli {
namespace {

struct Contents {
  std::int64_t shown = 50, rows = 0, ok = 0;
  std::vector<TableRow> pictures{{"PICTURE", "BEST", "PROBABILITY", "SECOND"}};
  std::map<std::string, std::int64_t> errors, classes;
};

std::string class_name(const ResultRow::Guess& guess) {
  return guess.label.empty() ? fmt::format("class {}", guess.class_index) : guess.label;
}

// The end of a path tells pictures apart.
std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

TableRow line_of(const ResultRow& row) {
  const std::string picture = file_name(row.path);
  if (!row.error_code.empty()) return {picture, row.error_code, "", row.error_message};
  if (row.top.empty()) return {picture, "", "", ""};
  const double probability = row.top[0].probability;
  return {picture, class_name(row.top[0]), std::isfinite(probability) ? fmt::format("{:.4f}", probability) : "",
          row.top.size() > 1 ? class_name(row.top[1]) : ""};
}

void add(Contents& contents, const ResultRow& row) {
  if (contents.rows++ < contents.shown) contents.pictures.push_back(line_of(row));
  if (!row.error_code.empty()) {
    ++contents.errors[row.error_code];
    return;
  }
  ++contents.ok;
  if (!row.top.empty()) ++contents.classes[class_name(row.top[0])];
}

// Most frequent first.
std::string counts_table(const char* title, const std::map<std::string, std::int64_t>& counts) {
  if (counts.empty()) return "";
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<TableRow> rows{{title, "PICTURES"}};
  for (const auto& [name, count] : sorted) rows.push_back({name, std::to_string(count)});
  return "\n" + format_table(rows, "lr");
}

}  // namespace

int report(Arguments arguments, Console& console) {
  CommandLine line("report", "FILE.jsonl", "What a result file holds: its pictures, errors by code, counts by class.",
                   "  fovea classify photos/ -o rows.jsonl\n  fovea report rows.jsonl --rows 10");
  Contents contents;
  line.value("--rows", "N", "at most this many pictures in the table (default: 50)", [&](const std::string& text) {
    contents.shown = parse_integer(text, 0, std::numeric_limits<std::int64_t>::max());
  });
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  try {
    read_results(operands[0], [&](ResultRow&& row) { add(contents, row); });
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("report: {}: {}", operands[0], error.what()));
  }
  std::string text;
  if (contents.pictures.size() > 1) text = format_table(contents.pictures, "llrl");
  if (contents.rows > contents.shown && contents.shown > 0)
    text += fmt::format("... and {} more\n", contents.rows - contents.shown);
  text += counts_table("ERROR", contents.errors) + counts_table("CLASS", contents.classes);
  console.print(fmt::format("{}\n{} pictures, {} ok, {} failed\n", text, contents.rows, contents.ok,
                            contents.rows - contents.ok));
  return 0;
}

}  // namespace fovea::cli
