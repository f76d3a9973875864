#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "fovea/sink.h"
#include "pipeline/job/line_writer.h"
#include "pipeline/job/row_format.h"

namespace fovea {
namespace {

std::string header(const RowColumns& columns) {
  std::string line = "index,path,status,width,height,format";
  for (const std::string& field : columns.fields) line += ',' + csv_field(field);
  for (int rank = 1; rank <= columns.topk; ++rank) line += fmt::format(",class_{0},label_{0},prob_{0}", rank);
  return line += ",error_code,error_message\r\n";
}

std::string text_of(const Field& field) {
  if (const auto* whole = std::get_if<std::int64_t>(&field.value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&field.value)) return std::isfinite(*real) ? fmt::format("{}", *real) : "";
  return csv_field(std::get<std::string>(field.value));
}

std::string line_of(const Row& row, const RowColumns& columns) {
  std::string line = fmt::format("{},{},{}", row.index, csv_field(row.path), row.error ? "error" : "ok");
  if (row.error)
    line += ",,,";
  else
    line += fmt::format(",{},{},{}", row.width, row.height, csv_field(row.format));
  for (std::size_t k = 0; k < columns.fields.size(); ++k)
    line += ',' + (row.error || k >= row.fields.size() ? "" : text_of(row.fields[k]));
  for (std::size_t rank = 0; rank < static_cast<std::size_t>(columns.topk); ++rank) {
    if (row.error || rank >= row.top.size()) {
      line += ",,,";
      continue;
    }
    const Prediction& prediction = row.top[rank];
    line += fmt::format(",{},{},", prediction.class_index, csv_field(prediction.label));
    if (std::isfinite(prediction.probability)) line += fmt::format("{}", prediction.probability);
  }
  if (row.error)
    line += fmt::format(",{},{}", name(row.error->code()), csv_field(row.error->what()));
  else
    line += ",,";
  return line += "\r\n";
}

class CsvFormat final : public pipeline::RowFormat {
 public:
  explicit CsvFormat(RowColumns columns) : columns_(std::move(columns)) {}
  std::string head(std::int64_t /*rows*/) const override { return header(columns_); }
  void append(const Row& row, std::string& to) const override { to += line_of(row, columns_); }

 private:
  RowColumns columns_;
};

class CsvSink final : public RowSink {
 public:
  CsvSink(const std::filesystem::path& file, RowColumns columns) : columns_(std::move(columns)), writer_(file) {
    writer_.write(header(columns_));
  }
  void write(const Row& row) override { writer_.write(line_of(row, columns_)); }
  void finish() override { writer_.finish(); }

 private:
  RowColumns columns_;
  LineWriter writer_;
};

void check(const RowColumns& columns) {
  if (columns.topk < 0)
    throw Error(Errc::invalid_argument, fmt::format("csv_sink: expected topk of at least 0, got {}", columns.topk));
}

}  // namespace

std::unique_ptr<pipeline::RowFormat> pipeline::csv_format(const RowColumns& columns) {
  check(columns);
  return std::make_unique<CsvFormat>(columns);
}

std::unique_ptr<RowSink> csv_sink(const std::filesystem::path& file, const RowColumns& columns) {
  check(columns);
  return std::make_unique<CsvSink>(file, columns);
}

}  // namespace fovea
