#pragma once
#include <filesystem>
#include <span>
#include <vector>

#include "base/output_file.h"
#include "fovea/array.h"

namespace fovea {

// Appends rows of f32 to a .npy file whose row count is not known beforehand. The header is brought up to date with
// every flush, so that what is left of an interrupted run opens with the rows flushed so far. One thread at a time.
class NpyWriter {
 public:
  // Replaces the file at once. Throws Error (not_found, permission, not_a_file, io), as write() and finish() do.
  NpyWriter(const std::filesystem::path& path, Shape row_shape);
  ~NpyWriter();  // flushes if finish() was not called, and keeps silent about a failure
  NpyWriter(const NpyWriter&) = delete;
  NpyWriter& operator=(const NpyWriter&) = delete;

  void write(std::span<const float> rows);  // one row or several
  void flush();
  void finish();  // flushes and closes; write() afterwards throws Error(invalid_argument)
  std::int64_t rows() const { return rows_; }

 private:
  OutputFile file_;
  Shape shape_;  // of the whole: rows first
  std::size_t row_size_ = 1;
  std::int64_t rows_ = 0;
  std::int64_t end_ = 0;  // of what was flushed, in bytes
  std::vector<float> pending_;
  bool finished_ = false;
};

}  // namespace fovea
