#include <fmt/format.h>

#include <limits>
#include <vector>

#include "array/npy_header.h"
#include "array/npy_writer.h"
#include "fovea/sink.h"
#include "pipeline/job/row_format.h"

namespace fovea {
namespace {

// The values of a row: its own, or NaN for a failed input.
class ValueRows {
 public:
  explicit ValueRows(int width) : missing_(static_cast<std::size_t>(width), std::numeric_limits<float>::quiet_NaN()) {}
  const std::vector<float>& of(const Row& row) const {
    if (row.error) return missing_;
    if (row.values.size() != missing_.size())
      throw Error(Errc::invalid_argument, fmt::format("npy_sink: expected {} values in row {}, got {}", missing_.size(),
                                                      row.index, row.values.size()));
    return row.values;
  }

 private:
  std::vector<float> missing_;
};

class NpyFormat final : public pipeline::RowFormat {
 public:
  explicit NpyFormat(int width) : width_(width), values_(width) {}
  // With room for any number of rows.
  std::string head(std::int64_t rows) const override {
    const std::size_t bytes = format_npy_header(DType::f32, {std::numeric_limits<std::int64_t>::max(), width_}).size();
    return format_npy_header(DType::f32, {rows, width_}, bytes);
  }
  void append(const Row& row, std::string& to) const override {
    const auto bytes = std::as_bytes(std::span(values_.of(row)));
    to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

 private:
  int width_;
  ValueRows values_;
};

class NpySink final : public RowSink {
 public:
  NpySink(const std::filesystem::path& file, int width) : values_(width), writer_(file, Shape{width}) {}
  void write(const Row& row) override { writer_.write(values_.of(row)); }
  void finish() override { writer_.finish(); }

 private:
  ValueRows values_;
  NpyWriter writer_;
};

void check(int width) {
  if (width < 1)
    throw Error(Errc::invalid_argument, fmt::format("npy_sink: expected a width of at least 1, got {}", width));
}

}  // namespace

std::unique_ptr<pipeline::RowFormat> pipeline::npy_format(int width) {
  check(width);
  return std::make_unique<NpyFormat>(width);
}

std::unique_ptr<RowSink> npy_sink(const std::filesystem::path& file, int width) {
  check(width);
  return std::make_unique<NpySink>(file, width);
}

}  // namespace fovea
