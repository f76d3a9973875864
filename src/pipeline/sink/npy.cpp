#include <fmt/format.h>

#include <limits>
#include <vector>

#include "array/npy_writer.h"
#include "fovea/sink.h"

namespace fovea {
namespace {

class NpySink final : public RowSink {
 public:
  NpySink(const std::filesystem::path& file, int width)
      : missing_(static_cast<std::size_t>(width), std::numeric_limits<float>::quiet_NaN()),
        writer_(file, Shape{width}) {}

  void write(const Row& row) override {
    if (row.error) return writer_.write(missing_);
    if (row.values.size() != missing_.size())
      throw Error(Errc::invalid_argument, fmt::format("npy_sink: expected {} values in row {}, got {}", missing_.size(),
                                                      row.index, row.values.size()));
    writer_.write(row.values);
  }
  void finish() override { writer_.finish(); }

 private:
  std::vector<float> missing_;
  NpyWriter writer_;
};

}  // namespace

std::unique_ptr<RowSink> npy_sink(const std::filesystem::path& file, int width) {
  if (width < 1)
    throw Error(Errc::invalid_argument, fmt::format("npy_sink: expected a width of at least 1, got {}", width));
  return std::make_unique<NpySink>(file, width);
}

}  // namespace fovea
