#include <fmt/format.h>

#include <limits>
#include <vector>

#include "array/npy_writer.h"
#include "fovea/sink.h"

namespace fovea {
namespace {

class LogitsSink final : public RowSink {
 public:
  LogitsSink(const std::filesystem::path& file, int classes)
      : missing_(static_cast<std::size_t>(classes), std::numeric_limits<float>::quiet_NaN()),
        writer_(file, Shape{classes}) {}

  void write(const Row& row) override {
    if (row.error) return writer_.write(missing_);
    if (row.logits.size() != missing_.size())
      throw Error(Errc::invalid_argument, fmt::format("logits_sink: expected {} logits in row {}, got {}",
                                                      missing_.size(), row.index, row.logits.size()));
    writer_.write(row.logits);
  }
  void finish() override { writer_.finish(); }

 private:
  std::vector<float> missing_;
  NpyWriter writer_;
};

}  // namespace

std::unique_ptr<RowSink> logits_sink(const std::filesystem::path& file, int classes) {
  if (classes < 1)
    throw Error(Errc::invalid_argument, fmt::format("logits_sink: expected at least one class, got {}", classes));
  return std::make_unique<LogitsSink>(file, classes);
}

}  // namespace fovea
