#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "fovea/sink.h"
#include "pipeline/job/line_writer.h"
#include "pipeline/job/row_format.h"

namespace fovea {
namespace {

// JSON has no NaN or infinity.
template <class Real>
std::string number(Real value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string text_of(const Field& field) {
  if (const auto* whole = std::get_if<std::int64_t>(&field.value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&field.value)) return number(*real);
  return json_quoted(std::get<std::string>(field.value));
}

std::string line_of(const Row& row, bool classes) {
  std::string line = fmt::format(R"({{"index":{},"path":{},)", row.index, json_quoted(row.path));
  if (row.error) {
    line += fmt::format(R"("status":"error","error_code":{},"error_message":{}}})",
                        json_quoted(name(row.error->code())), json_quoted(row.error->what()));
    return line += '\n';
  }
  line += fmt::format(R"("status":"ok","width":{},"height":{},"format":{})", row.width, row.height,
                      json_quoted(row.format));
  for (const Field& field : row.fields) line += fmt::format(",{}:{}", json_quoted(field.name), text_of(field));
  if (!classes) return line += "}\n";
  line += ",\"top\":[";
  for (const Prediction& prediction : row.top) {
    if (&prediction != row.top.data()) line += ',';
    line += fmt::format(R"({{"class":{},"label":{},"prob":{}}})", prediction.class_index, json_quoted(prediction.label),
                        number(prediction.probability));
  }
  return line += "]}\n";
}

class JsonlFormat final : public pipeline::RowFormat {
 public:
  explicit JsonlFormat(bool classes) : classes_(classes) {}
  void append(const Row& row, std::string& to) const override { to += line_of(row, classes_); }

 private:
  bool classes_;
};

class JsonlSink final : public RowSink {
 public:
  JsonlSink(const std::filesystem::path& file, bool classes) : classes_(classes), writer_(file) {}
  void write(const Row& row) override { writer_.write(line_of(row, classes_)); }
  void finish() override { writer_.finish(); }

 private:
  bool classes_;
  LineWriter writer_;
};

}  // namespace

std::unique_ptr<pipeline::RowFormat> pipeline::jsonl_format(const RowColumns& columns) {
  return std::make_unique<JsonlFormat>(columns.topk > 0);
}

std::unique_ptr<RowSink> jsonl_sink(const std::filesystem::path& file, const RowColumns& columns) {
  return std::make_unique<JsonlSink>(file, columns.topk > 0);
}

}  // namespace fovea
