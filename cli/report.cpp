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

using Counts = std::map<std::string, std::int64_t>;

struct Contents {
  std::int64_t shown = 50, rows = 0, ok = 0;
  std::vector<ResultRow> pictures;  // the first, as many as are shown
  Counts errors, formats, classes;  // pictures; those without a format, or a class, are in no count
};

std::string class_name(const ResultRow::Guess& guess) {
  return guess.label.empty() ? fmt::format("class {}", guess.class_index) : guess.label;
}

// The end of a path tells pictures apart.
std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

TableRow classified(const ResultRow& row) {
  const std::string picture = file_name(row.path);
  if (!row.error_code.empty()) return {picture, row.error_code, "", row.error_message};
  if (row.top.empty()) return {picture, "", "", ""};
  const double probability = row.top[0].probability;
  return {picture, class_name(row.top[0]), std::isfinite(probability) ? fmt::format("{:.4f}", probability) : "",
          row.top.size() > 1 ? class_name(row.top[1]) : ""};
}

TableRow measured(const ResultRow& row) {
  const std::string picture = file_name(row.path);
  if (!row.error_code.empty()) return {picture, row.error_code, row.error_message};
  return {picture, row.width > 0 ? fmt::format("{}x{}", row.width, row.height) : "", row.format};
}

// Rows of classify by their classes, those of other verbs by size and format.
std::string pictures_table(const Contents& contents) {
  if (contents.pictures.empty()) return "";
  const bool of_classes = !contents.classes.empty();
  std::vector<TableRow> rows{of_classes ? TableRow{"PICTURE", "BEST", "PROBABILITY", "SECOND"}
                                        : TableRow{"PICTURE", "SIZE", "FORMAT"}};
  for (const ResultRow& row : contents.pictures) rows.push_back(of_classes ? classified(row) : measured(row));
  return format_table(rows, of_classes ? "llrl" : "lll");
}

void add(Contents& contents, ResultRow&& row) {
  if (row.error_code.empty()) {
    ++contents.ok;
    if (!row.format.empty()) ++contents.formats[row.format];
    if (!row.top.empty()) ++contents.classes[class_name(row.top[0])];
  } else {
    ++contents.errors[row.error_code];
  }
  if (contents.rows++ < contents.shown) contents.pictures.push_back(std::move(row));
}

// Most frequent first.
std::string counts_table(const char* title, const Counts& counts) {
  if (counts.empty()) return "";
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<TableRow> rows{{title, "PICTURES"}};
  for (const auto& [name, count] : sorted) rows.push_back({name, std::to_string(count)});
  return "\n" + format_table(rows, "lr");
}

}  // namespace

int report(Arguments arguments, Console& console) {
  CommandLine line("report", "FILE.jsonl",
                   "What a result file holds: its pictures, and their counts by error, format and class.",
                   "  fovea classify photos/ -o rows.jsonl\n  fovea report rows.jsonl --rows 10");
  Contents contents;
  line.value("--rows", "N", "at most this many pictures in the table (default: 50)", [&](const std::string& text) {
    contents.shown = parse_integer(text, 0, std::numeric_limits<std::int64_t>::max());
  });
  std::vector<std::string> operands;
  if (!line.parse(arguments, operands, console)) return 0;
  line.require(operands, 1, 1);
  try {
    read_results(operands[0], [&](ResultRow&& row) { add(contents, std::move(row)); });
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("report: {}: {}", operands[0], error.what()));
  }
  std::string text = pictures_table(contents);
  if (contents.rows > contents.shown && contents.shown > 0)
    text += fmt::format("... and {} more\n", contents.rows - contents.shown);
  text += counts_table("ERROR", contents.errors) + counts_table("FORMAT", contents.formats) +
          counts_table("CLASS", contents.classes);
  console.print(fmt::format("{}\n{} picture{}, {} ok, {} failed\n", text, contents.rows, contents.rows == 1 ? "" : "s",
                            contents.ok, contents.rows - contents.ok));
  return 0;
}

}  // namespace fovea::cli
