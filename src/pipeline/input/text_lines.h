#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/input/archive_reader.h"

namespace fovea::pipeline {

// Text read piece by piece, as lines or as records of RFC 4180. A byte order mark at the start is left out.
class TextLines {
 public:
  static constexpr std::size_t most_bytes = 1 << 20;  // of a line or record

  explicit TextLines(std::unique_ptr<ArchiveReader> bytes) : bytes_(std::move(bytes)) {}

  // What was read; its line's number from 1. An error is of that line, or the reader's own, after which there is no
  // more.
  struct Line {
    std::int64_t number = 0;
    std::string text;
    std::optional<Error> error;
  };
  // Without its LF or CR LF; nothing at the end. A line with a NUL, or one that is too long, is an error.
  std::optional<Line> next_line();

  struct Record {
    std::int64_t number = 0;
    std::vector<std::string> fields;
    std::optional<Error> error;
  };
  // Empty lines between records are left out.
  std::optional<Record> next_record();

 private:
  int get();  // a byte; -1 at the end or after an error
  int peek();
  bool fill();

  std::unique_ptr<ArchiveReader> bytes_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::int64_t line_ = 1;
  bool begun_ = false, ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace fovea::pipeline
