#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "fovea/sink.h"
#include "pipeline/line_writer.h"

namespace fovea {
namespace {

// JSON has no NaN or infinity.
std::string number(float value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string line_of(const Row& row) {
  std::string line = fmt::format(R"({{"index":{},"path":{},)", row.index, json_quoted(row.path));
  if (row.error) {
    line += fmt::format(R"("status":"error","error_code":{},"error_message":{}}})",
                        json_quoted(name(row.error->code())), json_quoted(row.error->what()));
    return line += '\n';
  }
  line += fmt::format(R"("status":"ok","width":{},"height":{},"format":{},"top":[)", row.width, row.height,
                      json_quoted(row.format));
  for (const Prediction& prediction : row.top) {
    if (&prediction != row.top.data()) line += ',';
    line += fmt::format(R"({{"class":{},"label":{},"prob":{}}})", prediction.class_index, json_quoted(prediction.label),
                        number(prediction.probability));
  }
  return line += "]}\n";
}

class JsonlSink final : public RowSink {
 public:
  explicit JsonlSink(const std::filesystem::path& file) : writer_(file) {}
  void write(const Row& row) override { writer_.write(line_of(row)); }
  void finish() override { writer_.finish(); }

 private:
  LineWriter writer_;
};

}  // namespace

std::unique_ptr<RowSink> jsonl_sink(const std::filesystem::path& file) {
  return std::make_unique<JsonlSink>(file);
}

}  // namespace fovea
