#include "array/npy_writer.h"

#include "array/npy_header.h"
#include "base/checked.h"

namespace fovea {
namespace {

constexpr std::size_t flush_size = std::size_t{1} << 18;  // floats: 1 MiB

std::size_t elements(const Shape& row) {
  std::optional<std::int64_t> total = 1;
  for (std::int64_t extent : row)
    if (total) total = extent > 0 ? checked_multiply(*total, extent) : std::nullopt;
  if (!total || *total > std::int64_t{1} << 40)
    throw Error(Errc::invalid_argument, "npy writer: expected rows of 1 to 2^40 elements, got shape " + to_string(row));
  return static_cast<std::size_t>(*total);
}

// Room for any row count.
std::size_t header_bytes(Shape shape) {
  shape[0] = std::numeric_limits<std::int64_t>::max();
  return format_npy_header(DType::f32, shape).size();
}

}  // namespace

NpyWriter::NpyWriter(const std::filesystem::path& path, Shape row_shape)
    : shape_(std::move(row_shape)), row_size_(elements(shape_)) {
  shape_.insert(shape_.begin(), 0);
  const std::string header = format_npy_header(DType::f32, shape_, header_bytes(shape_));
  file_ = OutputFile::truncating(path);
  file_.write(std::as_bytes(std::span(header)));
  end_ = static_cast<std::int64_t>(header.size());
}

NpyWriter::~NpyWriter() {
  try {
    if (!finished_) finish();
  } catch (const std::exception&) {
    finished_ = true;
  }
}

void NpyWriter::write(std::span<const float> rows) {
  if (finished_) throw Error(Errc::invalid_argument, "npy writer: expected rows before finish(), got some after it");
  if (rows.size() % row_size_ != 0)
    throw Error(Errc::invalid_argument, "npy writer: expected rows of " + std::to_string(row_size_) + " values, got " +
                                            std::to_string(rows.size()) + " values");
  pending_.insert(pending_.end(), rows.begin(), rows.end());
  rows_ += static_cast<std::int64_t>(rows.size() / row_size_);
  if (pending_.size() >= flush_size) flush();
}

// The rows go first: a header never tells of rows that are not there. What a failure left of them goes.
void NpyWriter::flush() {
  if (finished_ || pending_.empty()) return;
  const auto bytes = std::as_bytes(std::span(pending_));
  shape_[0] = rows_;
  const std::string header = format_npy_header(DType::f32, shape_, header_bytes(shape_));
  try {
    file_.write_at(end_, bytes);
  } catch (const Error&) {
    file_.cut(end_);
    throw;
  }
  file_.write_at(0, std::as_bytes(std::span(header)));
  end_ += static_cast<std::int64_t>(bytes.size());
  pending_.clear();
}

void NpyWriter::finish() {
  if (finished_) return;
  flush();
  finished_ = true;
  file_.commit();
}

}  // namespace fovea
